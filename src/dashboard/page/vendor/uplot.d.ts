/** The browser finds it at this URL: src/dashboard/assets.ts. */
export { default } from 'uplot';
