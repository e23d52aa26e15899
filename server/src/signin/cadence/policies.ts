// The cadence as policies: two for each tier, one about how recent a sign-in must be and one about
// how strong. They are text like all others, so they are checked, compiled, explained and replayed
// like all others, and the number that somebody set is the number that a reader finds.
import { ownApplication } from '@countersign/contract/actions'
import {
  type Cadence,
  cadencePolicyId,
  durationWords,
  strengthText,
} from '@countersign/contract/cadence'
import { type Tier, tiers } from '@countersign/contract/document-shapes'
import { entityText, uid } from '@countersign/contract/entities'
import { ownPoliciesPrefix } from '#policies/names'
import type { PolicyFile } from '#policies/release'
import type { Exclusion } from './exclusion.ts'

/** The name of the file. */
export const cadenceFileName = `${ownPoliciesPrefix}4-cadence.cedar`

/** The file of policies that a cadence makes, with the exclusions that hold. */
export function cadenceFile(
  { tiers: demands }: Cadence,
  exclusions: readonly Exclusion[],
): PolicyFile {
  const policies = tiers.flatMap((tier) => {
    const { maxAgeSeconds, minStrength } = demands[tier]
    return [
      recentPolicy(tier, maxAgeSeconds),
      ...(minStrength > 1 ? [strongPolicy(tier, minStrength, tier === 0 ? [] : exclusions)] : []),
    ]
  })
  return { name: cadenceFileName, text: [preface, ...policies].join('\n') }
}

const preface = `// The more critical an application, the more recent a sign-in, and the stronger.
//
// This file is made from a table: look at it and change it with \`countersign identity cadence\`.
// It binds for every application but Countersign itself, which has its own rules, and applies to
// what is open as well: a connection ends when the sign-in it rests on has become too old. Only
// people are asked to sign in; programs are none.
`

function recentPolicy(tier: Tier, maxAgeSeconds: number): string {
  const words = durationWords(maxAgeSeconds)
  return `${head(
    cadencePolicyId('recent', tier),
    `Tier ${tier} asks for a sign-in of the last ${words}`,
    `Refuses people at tier ${tier} whose last sign-in is older than ${words}.`,
    tier,
  )}
unless
{
  context has authentication && context.authentication.ageSeconds <= ${maxAgeSeconds}
};
`
}

// An exclusion is written out with its end, so that nothing has to happen for it to end.
function strongPolicy(tier: Tier, minStrength: number, exclusions: readonly Exclusion[]): string {
  const words = strengthText(minStrength)
  const allowed = [
    `context has authentication && context.authentication.strength >= ${minStrength}`,
    ...exclusions.map(({ subject, endsAt }) => {
      const { type, id } = uid(subject.kind, subject.id)
      const who = `principal ${subject.kind === 'group' ? 'in' : '=='} ${entityText({ type, id })}`
      return `(${who} && context.time.now < datetime(${JSON.stringify(new Date(endsAt).toISOString())}))`
    }),
  ]
  return `${head(
    cadencePolicyId('strong', tier),
    `Tier ${tier} asks for ${words}`,
    `Refuses people at tier ${tier} who signed in with less than ${words}.`,
    tier,
  )}
unless
{
  ${allowed.map((it, index) => (index === 0 ? `(${it})` : it)).join(' ||\n  ')}
};
`
}

function head(id: string, title: string, description: string, tier: Tier): string {
  return `@id(${JSON.stringify(id)})
@title(${JSON.stringify(title)})
@description(${JSON.stringify(description)})
forbid (
  principal is Person,
  action in [Action::"access", Action::"invoke", Action::"connect"],
  resource
)
when { resource.tier == ${tier} && resource != ${entityText(uid('application', ownApplication))} }`
}
