import { readFileSync } from 'node:fs';

import { defineConfig } from 'vite';

/** The lab's packages want the text of their icons. */
const icons = {
  name: 'icons',
  enforce: 'pre' as const,
  load: (id: string) =>
    id.endsWith('.svg') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : null
};

// The class's page that the service shows: the lab's extension is built by jupyter-builder.
export default defineConfig({
  plugins: [icons],
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: '../codegym_jlab/labextension/staff',
    emptyOutDir: true,
    lib: { entry: 'src/staff.ts', formats: ['es'], fileName: 'staff', cssFileName: 'staff' }
  }
});
