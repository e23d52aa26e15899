// Starts the console in the page.
import '@countersign/contract/content-security'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'

const root = document.querySelector('#root')
if (!root) throw new Error('the page has no element `#root`; serve the built `index.html`')
createRoot(root).render(createElement(App, { now: () => Date.now() }))
