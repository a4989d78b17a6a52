import { byId, setText } from './dom.js';

const KEY = 'markerfs-token';

/** Takes the token out of the address: it is not to be seen there, nor kept among the places that were visited. */
function fromAddress(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return undefined;
  history.replaceState(null, '', location.pathname);
  return token;
}

/** The token that this tab was opened with. */
export function knownToken(): string | undefined {
  const token = fromAddress() ?? sessionStorage.getItem(KEY) ?? undefined;
  if (token !== undefined) sessionStorage.setItem(KEY, token);
  return token;
}

/** Asks for the token until somebody gives one. */
export function askForToken(wasWrong: boolean): Promise<string> {
  const form = byId<HTMLFormElement>('token-form');
  const input = byId<HTMLInputElement>('token');
  setText(byId('token-error'), wasWrong ? 'This is not the token.' : '');
  form.hidden = false;
  input.focus();
  return new Promise((resolve) => {
    form.addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        form.hidden = true;
        sessionStorage.setItem(KEY, input.value.trim());
        resolve(input.value.trim());
        input.value = '';
      },
      { once: true },
    );
  });
}
