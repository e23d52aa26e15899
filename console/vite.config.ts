// Builds the console into `dist`, which the server serves. Nothing is loaded from elsewhere and
// nothing is inlined, so that the strictest content security policy holds.
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run fixture` answers; the development server passes the API on to it. */
const fixtureUrl = 'http://127.0.0.1:7409'

export default defineConfig({
  base: '/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    sourcemap: false,
    // `data:` addresses would need an exception in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { '/api': fixtureUrl } },
})
