import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    isolate: false, // Lab's packages are read once, not once a file
    include: ['tests/**/*.spec.ts', 'tests/**/*.spec.tsx'],
    setupFiles: ['tests/setup.ts'],
    server: { deps: { inline: [/@jupyterlab/, /@jupyter\//, /@lumino/] } }
  }
});
