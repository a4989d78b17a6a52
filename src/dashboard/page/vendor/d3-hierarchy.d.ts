/** The browser finds it at this URL: src/dashboard/assets.ts. */
export * from 'd3-hierarchy';
