import {
  CAP_FSETID,
  CAP_SYS_RESOURCE,
  CLONE_FS,
  check,
  native,
  PR_SET_SECUREBITS,
  S_ISGID,
  SECBIT_NO_SETUID_FIXUP,
} from '../syscalls/index.js';

/** Who asks for something to be made, and with which umask. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  /** The caller's supplementary group that is the directory's group, if there is one. */
  readonly group: number | undefined;
  readonly umask: number;
}

/** Who changes content. */
export interface Writer {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Makes objects on behalf of callers. The kernel has checked permissions already (default_permissions); what is left
 * for the source to decide is whom the new object belongs to, which group it inherits, whether a default ACL replaces
 * the umask, and whether set-group-ID survives. So the thread takes the caller's filesystem ids, groups and umask, and
 * works without the capabilities that change those answers; it keeps those that pass permission checks, or a second
 * check against only one of the caller's groups would refuse what the kernel granted.
 *
 * The thread stays who it was last: each change of ids costs as much as a small operation, and nothing but what is made
 * depends on them. One instance a thread: ids, capabilities and (after unshare) umask are the thread's own.
 */
export class Identity {
  readonly #privileged: boolean;
  readonly #own = Buffer.alloc(24);
  readonly #reduced = Buffer.alloc(24);
  readonly #groups = Buffer.alloc(4);
  readonly #noGroups = Buffer.alloc(0);
  #umask = -1;
  #uid = 0;
  #gid = 0;
  #group: number | undefined;

  /**
   * `privileged`: the daemon is root. Otherwise all objects are the user's who mounted, who is the only one to get
   * here.
   */
  constructor(privileged: boolean) {
    this.#privileged = privileged;
    check(native.unshare(CLONE_FS), 'unshare', 'CLONE_FS');
    if (!privileged) return;
    // setfsuid(2) would drop the filesystem capabilities otherwise (capabilities(7)).
    check(native.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), 'prctl', 'PR_SET_SECUREBITS');
    check(native.capget(this.#own), 'capget', 'own');
    this.#own.copy(this.#reduced);
    for (const capability of [CAP_FSETID, CAP_SYS_RESOURCE]) drop(this.#reduced, capability);
    check(native.setgroups(this.#noGroups), 'setgroups', 'none');
    check(native.capset(this.#reduced), 'capset', 'reduced');
  }

  /** Runs `make`, which makes something with this mode, as the caller and returns its result. */
  as(caller: Caller, mode: number, make: () => number): number {
    this.#setUmask(caller.umask);
    if (!this.#privileged) return make();
    this.#become(caller.uid, caller.gid, caller.group);
    return caller.uid === 0 && (mode & S_ISGID) !== 0 ? this.sparingSetIds(make) : make();
  }

  /**
   * Runs `write` as a writer, without the capability that spares set-user-ID and set-group-ID bits and file
   * capabilities: the source then drops them at a change of content, as it does for everyone but root. The kernel leaves
   * that to us (FUSE_HANDLE_KILLPRIV_V2). Not being root, the writer is kept out of the room that filesystems reserve,
   * and being in the file's group he keeps set-group-ID without execution. Undefined where everything is spared.
   */
  droppingSetIds(writer: Writer | undefined, write: () => number): number {
    if (!this.#privileged) return write();
    if (writer === undefined) return this.sparingSetIds(write);
    this.#become(writer.uid, writer.gid, undefined);
    return write();
  }

  /** Runs `write` as a user, with whatever groups. */
  asUser(uid: number, write: () => number): number {
    if (this.#privileged) this.#setUser(uid);
    return write();
  }

  /** Runs `change` with the capability that spares set-ID bits. */
  sparingSetIds(change: () => number): number {
    if (!this.#privileged) return change();
    check(native.capset(this.#own), 'capset', 'own');
    try {
      return change();
    } finally {
      check(native.capset(this.#reduced), 'capset', 'reduced');
    }
  }

  #become(uid: number, gid: number, group: number | undefined): void {
    if (group !== this.#group) {
      this.#groups.writeUInt32LE(group ?? 0);
      check(native.setgroups(group === undefined ? this.#noGroups : this.#groups), 'setgroups', String(group));
      this.#group = group;
    }
    if (gid !== this.#gid) native.setfsgid(gid);
    this.#gid = gid;
    this.#setUser(uid);
  }

  #setUser(uid: number): void {
    if (uid !== this.#uid) native.setfsuid(uid);
    this.#uid = uid;
  }

  #setUmask(umask: number): void {
    if (umask !== this.#umask) native.umask(umask);
    this.#umask = umask;
  }
}

/** Takes a capability out of the effective set. */
function drop(capabilities: Buffer, capability: number): void {
  const effective = capabilities.readUInt32LE(0);
  capabilities.writeUInt32LE((effective & ~(1 << capability)) >>> 0, 0);
}
