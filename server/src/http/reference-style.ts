// The look of the API reference: the same paper, type and lines as the console.

/** The style sheet of the reference page. */
export const referenceStyle = `
:root { color-scheme: light dark;
  --cs-canvas: #f6f6f8; --cs-surface: #fff; --cs-sunken: #f1f2f5; --cs-line: #e4e5ea;
  --cs-text: #15171c; --cs-text-2: #474c58; --cs-text-3: #656b7a; --cs-accent: #3350c8;
  --cs-accent-text: #2c46b4; --cs-accent-soft: #ecf0fd; --cs-mark: #3350c8;
  --cs-allow: #12693a; --cs-allow-soft: #e6f5ec; --cs-deny: #ac231c; --cs-deny-soft: #fdecea;
  --cs-step: #805000; --cs-step-soft: #fcf1db; }
@media (prefers-color-scheme: dark) { :root {
  --cs-canvas: #0c0d10; --cs-surface: #131418; --cs-sunken: #1a1c21; --cs-line: #25272e;
  --cs-text: #eceef2; --cs-text-2: #aeb2bd; --cs-text-3: #8b909d; --cs-accent: #9db0ff;
  --cs-accent-text: #9db0ff; --cs-accent-soft: #1b2142; --cs-mark: #9db0ff;
  --cs-allow: #62d393; --cs-allow-soft: #10271a; --cs-deny: #ff8f85; --cs-deny-soft: #341715;
  --cs-step: #f0b94f; --cs-step-soft: #2d220c; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 24px; }
body { margin: 0; display: grid; grid-template-columns: 280px minmax(0, 1fr); min-height: 100vh;
  background: var(--cs-canvas); color: var(--cs-text);
  font: 14px/22px 'Inter Variable', Inter, system-ui, -apple-system, 'Segoe UI', sans-serif; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 24px 16px 48px 24px;
  border-right: 1px solid var(--cs-line); font-size: 13px; line-height: 20px; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav > ul > li { margin-bottom: 16px; }
nav > ul > li > a { font-weight: 600; color: var(--cs-text); }
nav li li { display: flex; gap: 8px; align-items: baseline; padding: 2px 0; }
nav li li a { color: var(--cs-text-2); }
.wordmark { display: flex; gap: 8px; align-items: center; margin: 0 0 24px;
  font-weight: 600; font-size: 15px; letter-spacing: -0.015em; }
main { background: var(--cs-surface); padding: 48px max(32px, 6%) 96px; }
main > *, main section > * { max-width: 860px; }
h1 { margin: 0 0 8px; font-size: 28px; line-height: 34px; letter-spacing: -0.022em; }
h2 { margin: 64px 0 8px; font-size: 20px; line-height: 28px; letter-spacing: -0.015em; }
h3 { margin: 0 0 8px; font-size: 16px; line-height: 24px; }
h3::first-letter { text-transform: uppercase; }
h4 { margin: 16px 0 4px; font-size: 12px; line-height: 16px; font-weight: 500; color: var(--cs-text-3); }
p { margin: 0 0 8px; }
.lead { font-size: 16px; line-height: 24px; color: var(--cs-text-2); }
.who { color: var(--cs-text-2); font-size: 13px; line-height: 20px; }
article { padding: 24px 0; border-top: 1px solid var(--cs-line); }
.call { display: flex; gap: 8px; align-items: center; padding: 8px 12px; border-radius: 6px;
  background: var(--cs-sunken); overflow-x: auto; }
.call code { font-size: 13px; white-space: nowrap; }
var { font-style: normal; color: var(--cs-accent-text); }
code { font: 0.92em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.method { flex: none; min-width: 46px; padding: 0 6px; border-radius: 4px; text-align: center;
  font: 600 10px/18px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.method.get { color: var(--cs-accent-text); background: var(--cs-accent-soft); }
.method.post { color: var(--cs-allow); background: var(--cs-allow-soft); }
.method.put { color: var(--cs-step); background: var(--cs-step-soft); }
.method.delete { color: var(--cs-deny); background: var(--cs-deny-soft); }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 13px; line-height: 20px;
  font-variant-numeric: tabular-nums; }
th { text-align: left; font-size: 12px; font-weight: 500; color: var(--cs-text-3); }
th, td { padding: 4px 16px 4px 0; border-bottom: 1px solid var(--cs-line); vertical-align: top; }
td code { white-space: nowrap; }
small { color: var(--cs-text-3); font-size: 12px; }
a { color: var(--cs-accent-text); text-decoration: none; }
a:hover { text-decoration: underline; }
:target { scroll-margin-top: 24px; }
article:target h3, tr:target { background: var(--cs-accent-soft); }
:focus-visible { outline: 2px solid var(--cs-accent); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--cs-surface); padding: 8px; z-index: 1; }
@media (max-width: 800px) { body { display: block; } nav { position: static; height: auto; border: 0; }
  main { padding: 24px; } }
`
