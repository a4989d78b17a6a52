/** Where the configuration is if nobody says otherwise. */
export const CONFIG_FILE = '/etc/markerfs/markerfs.toml';

/** A configuration that is right. */
export const EXAMPLE = `[[volume]]
source = "/data"
mountpoint = "/mnt/vol"
options = ["noatime", "journal-keep=48h"]
interval = "1m"

[volume.slave.backup]
target = "/srv/copy"
max-delete = [10000, "20%"]

[volume.slave.far]
target = "root@backup.example.org:/srv/copy"
interval = "5m"
jobs = 4
compress = true
bwlimit = "10M"
`;
