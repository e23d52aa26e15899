// The reference of the API as one page that reads without script, font or image from elsewhere.
// It is computed from the declared routes, so it cannot fall behind them.
import { z } from 'zod'
import { actions } from '@countersign/contract/actions'
import { type Classification, classificationOf } from '@countersign/contract/classification'
import { events } from '@countersign/contract/events'
import { allRoutes } from '@countersign/contract/openapi'
import { problems } from '@countersign/contract/problems'
import { everyRouteProblems, type Route, type RouteOutput } from '@countersign/contract/route'
import { isAdministrative } from './permit.ts'
import { referenceStyle } from './reference-style.ts'

/** The whole page, as HTML. */
export function referencePage(): string {
  const byPillar = Map.groupBy(allRoutes(), ({ pillar }) => pillar)
  const navigation = [...byPillar].map(
    ([pillar, routes]) =>
      `<li><a href="#${pillar}">${escape(title(pillar))}</a><ul>${routes
        .map(({ name, route }) => {
          const link = `<a href="#${pillar}.${name}">${escape(words(name))}</a>`
          return `<li>${method(route)}${link}</li>`
        })
        .join('')}</ul></li>`,
  )
  const sections = [...byPillar].map(
    ([pillar, routes]) =>
      `<section><h2 id="${pillar}">${escape(title(pillar))}</h2>${routes
        .map(({ name, route }) => article(`${pillar}.${name}`, name, route))
        .join('')}</section>`,
  )
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference · Countersign</title>
<style>${referenceStyle}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the reference</a>
<nav aria-label="Routes">
<p class="wordmark">${mark}Countersign</p>
<ul>${navigation.join('')}<li><a href="#problems">Problems</a></li></ul>
</nav>
<main id="main">
<h1>API reference</h1>
<p class="lead">Every route the console, the command line and the gateways use. There is no other interface. The same in a form for programs: <a href="/api/openapi.json">OpenAPI 3.1</a>.</p>
<h2 id="conventions">Conventions</h2>
<p>Bodies are JSON in UTF-8. Times are milliseconds since the epoch. Lists come in pages: pass the <code>next</code> of one page as <code>after</code> or <code>before</code> to get the one that follows. An answer that changed something names the journal position that includes the change in <code>countersign-sequence</code>. Every answer names its request in <code>countersign-request</code>.</p>
${sections.join('')}
${problemSection()}
</main>
</body>
</html>
`
}

function article(id: string, name: string, route: Route): string {
  const { path, summary } = route
  return `<article id="${id}">
<h3>${escape(words(name))}</h3>
<p class="call">${method(route)}<code>${escape(path).replace(/:\w+/g, (parameter) => `<var>${parameter}</var>`)}</code></p>
<p>${escape(sentence(summary))}</p>
<p class="who">${permission(route)}${route.event ? ` Leaves the event <code>${route.event}</code>: ${escape(events[route.event])}.` : ''}</p>
${fields('Path', route.params)}${fields('Query', route.query)}${fields('Body', route.body)}
${output(route.output)}
${refusals(route)}
</article>`
}

function permission({ permission: needed }: Route): string {
  if (isAdministrative(needed)) {
    return `Needs <code>${needed}</code>: ${escape(actions[needed].meaning)}.`
  }
  switch (needed) {
    case 'open':
      return 'Open to anyone, before sign-in.'
    case 'self':
      return 'For anyone signed in, about themselves.'
    case 'gateway':
      return 'For enrolled gateways, each with its own key.'
  }
}

function output(declared: RouteOutput): string {
  switch (declared.kind) {
    case 'json':
      return fields('Answer', declared.schema)
    case 'events':
      return fields('Each event, as <code>text/event-stream</code>', declared.event)
    case 'text':
      return `<h4>Answer</h4><p><code>${declared.mediaType}</code></p>`
    case 'page':
      return '<h4>Answer</h4><p>A page, or 303: go on at <code>Location</code>.</p>'
    case 'redirect':
      return '<h4>Answer</h4><p>303, go on at <code>Location</code>.</p>'
  }
}

function refusals(route: Route): string {
  const own = route.problems.filter((code) => !everyRouteProblems.includes(code))
  if (own.length === 0) return ''
  const links = own.map((code) => `<a href="#problem.${code}"><code>${code}</code></a>`)
  return `<h4>Problems</h4><p>${links.join(', ')}</p>`
}

function problemSection(): string {
  const rows = Object.entries(problems).map(
    ([code, { status, title: what, remedy }]) =>
      `<tr id="problem.${code}"><td><code>${code}</code></td><td>${status}</td><td>${escape(what)}</td><td>${escape(remedy)}</td></tr>`,
  )
  const always = everyRouteProblems.map((code) => `<code>${code}</code>`).join(', ')
  return `<section><h2 id="problems">Problems</h2>
<p>An answer that is not a success is <code>application/problem+json</code> (RFC 9457) with <code>code</code>, <code>title</code>, <code>remedy</code> and often <code>detail</code>. <code>instance</code> is the id of the request. Any route may answer ${always}.</p>
<div class="wide"><table><thead><tr><th>code</th><th>status</th><th>meaning</th><th>what to do</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`
}

/** How deep a schema is unfolded; what lies deeper is named by its type. */
const depthMax = 3

function fields(heading: string, schema: z.ZodType | undefined): string {
  if (!schema) return ''
  const bare = unwrap(schema)
  if (bare instanceof z.ZodObject && Object.keys(bare.shape).length === 0) {
    return `<h4>${heading}</h4><p><code>{}</code></p>`
  }
  const rows = rowsOf(bare, '', 0, classificationOf(schema))
  const content =
    rows.length === 0
      ? `<p>${typeName(bare)}</p>`
      : `<div class="wide"><table><thead><tr><th>member</th><th>type</th><th>classification</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
  return `<h4>${heading}</h4>${content}`
}

function rowsOf(
  schema: z.ZodType,
  prefix: string,
  depth: number,
  inherited: Classification,
): readonly string[] {
  if (depth >= depthMax) return []
  if (schema instanceof z.ZodArray) {
    return rowsOf(unwrap(schema.element as z.ZodType), `${prefix}[]`, depth, inherited)
  }
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).flatMap(([name, declared]) => {
    const field = declared as z.ZodType
    const path = prefix === '' ? name : `${prefix}.${name}`
    const optional = field.safeParse(undefined).success
    const bare = unwrap(field)
    // Whoever classified the whole has classified its parts.
    const own = classificationOf(field)
    const classification = own === 'secret' ? inherited : own
    const nested = rowsOf(bare, path, depth + 1, classification)
    return [
      `<tr><td><code>${escape(path)}</code>${optional ? ' <small>optional</small>' : ''}</td><td>${typeName(bare)}</td><td>${nested.length > 0 ? '' : classification}</td></tr>`,
      ...nested,
    ]
  })
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema
}

const literalsShown = 12

function typeName(schema: z.ZodType): string {
  if (schema instanceof z.ZodArray)
    return `list of ${typeName(unwrap(schema.element as z.ZodType))}`
  if (schema instanceof z.ZodEnum) return choices(schema.options)
  if (schema instanceof z.ZodLiteral) return choices([...schema.values])
  if (schema instanceof z.ZodUnion) return 'one of several objects'
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const { type, format, minimum, maximum, minLength, maxLength, maxItems } = described
  const bounds = [
    format ?? '',
    minimum === undefined || minimum < 0 ? '' : `from ${minimum}`,
    maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : `to ${maximum}`,
    minLength === undefined ? '' : `${minLength} or more characters`,
    maxLength === undefined ? '' : `at most ${maxLength} characters`,
    maxItems === undefined ? '' : `at most ${maxItems}`,
  ].filter((bound) => bound !== '')
  const name = typeof type === 'string' ? type : 'object'
  return escape(bounds.length === 0 ? name : `${name}, ${bounds.join(', ')}`)
}

function choices(values: readonly unknown[]): string {
  const shown = values
    .slice(0, literalsShown)
    .map((value) => `<code>${escape(String(value))}</code>`)
  return shown.join(' ') + (values.length > literalsShown ? ' and others' : '')
}

const mark =
  '<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path fill="var(--cs-text)" d="M6 3h4.2L14 12l-3.8 9H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3z"/><path fill="var(--cs-mark)" d="M13 3h5a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3h-5l3.8-9z"/></svg>'

const method = (route: Route): string =>
  `<span class="method ${route.method.toLowerCase()}">${route.method}</span>`
const title = (pillar: string): string =>
  pillar === 'signin' ? 'Sign-in' : sentence(words(pillar)).replace(/\.$/, '')
const words = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
