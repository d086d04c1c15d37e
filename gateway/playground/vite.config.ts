/** Bundles the playground into dist/: one page, its workers and fonts, no foreign address. @module */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: { outDir: 'dist', target: 'es2022', chunkSizeWarningLimit: 5_000, sourcemap: false },
})
