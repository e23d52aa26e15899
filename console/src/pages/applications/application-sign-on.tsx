// How people are signed on to one application: what its operator enters there, its secrets, and the
// end of it.
import { api } from '@countersign/contract/api'
import { ownApplication } from '@countersign/contract/actions'
import type { RouteResult } from '@countersign/contract/route'
import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useMe } from '#api/me.ts'
import { client, queries, reading } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Copyable } from '#design/copy.tsx'
import { Definitions } from '#design/definitions.tsx'
import { Moment } from '#design/moment.tsx'
import { ShownOnce } from '#design/secret.tsx'
import { Waiting } from '#design/states.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted } from '#words/figures.ts'
import { proofWords } from '#words/sign-on.ts'
import { RegisterSignOn } from './register-sign-on.tsx'
import styles from './application-sign-on.module.css'

type SignOnState = RouteResult<typeof api.applications.signOn>

const readingSignOn = (application: string) =>
  reading(api.applications.signOn, { params: { application } })
const changed = (application: string) =>
  queries.invalidateQueries({ queryKey: readingSignOn(application).queryKey })

interface ApplicationSignOnProps {
  readonly id: string
  readonly name: string
}

export function ApplicationSignOn({ id, name }: ApplicationSignOnProps) {
  const isOwn = id === ownApplication
  const { data, error, refetch } = useQuery({ ...readingSignOn(id), enabled: !isOwn })
  if (isOwn) return null
  return (
    <section className={styles.part} aria-label="Sign-on">
      <h3>Sign-on</h3>
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Waiting lines={3} />
      ) : (
        <State key={id} name={name} state={data} />
      )}
    </section>
  )
}

function State({ name, state }: { readonly name: string; readonly state: SignOnState }) {
  const { application, signOn, openid, saml, signedOn } = state
  const mayChange = useMe().permissions.includes('applications.sign-on')
  const [registering, setRegistering] = useState(false)
  if (!signOn) {
    return registering ? (
      <RegisterSignOn
        id={application}
        onCancel={() => setRegistering(false)}
        onDone={async () => {
          await changed(application)
          setRegistering(false)
        }}
      />
    ) : (
      <>
        <p>
          It asks nobody here who someone is. A gateway may stand before it all the same. Where it
          has a sign-in of its own, register it, so that people sign on with one identity.
        </p>
        {mayChange && (
          <Button size="xs" variant="default" onClick={() => setRegistering(true)}>
            Register it
          </Button>
        )}
      </>
    )
  }
  return (
    <>
      <p>
        {signOn.kind === 'oidc' ? 'OpenID Connect' : 'SAML'};{' '}
        {signedOn === 0
          ? 'nobody is signed on now.'
          : `${counted(signedOn, 'person is', 'people are')} signed on now.`}
      </p>
      {signOn.kind === 'oidc' ? (
        <>
          <Definitions
            rows={{
              Issuer: <Copyable value={openid.issuer} what="issuer" />,
              Discovery: <Copyable value={openid.discovery} what="discovery address" />,
              'Client id': <Copyable value={openid.clientId} what="client id" />,
              'Goes back to': signOn.redirectUris.join(', '),
              Proof: proofWords[signOn.proof],
              'May learn':
                signOn.scopes.length === 0 ? 'A stable name only' : signOn.scopes.join(', '),
            }}
          />
          {signOn.proof === 'client_secret_basic' && (
            <Secrets state={state} name={name} mayChange={mayChange} />
          )}
        </>
      ) : (
        <Definitions
          rows={{
            'Our metadata': <Copyable value={saml.metadata} what="metadata address" />,
            'Our entity id': <Copyable value={saml.entityId} what="entity id" />,
            'Sign-on': <Copyable value={saml.signOnUrl} what="sign-on address" />,
            'Sign-out': <Copyable value={saml.logoutUrl} what="sign-out address" />,
            'Its entity id': <code>{signOn.entityId}</code>,
            'Goes back to': signOn.assertionConsumers.map(({ url }) => url).join(', '),
          }}
        />
      )}
      {mayChange && <Remove application={application} name={name} signedOn={signedOn} />}
    </>
  )
}

interface SecretsProps {
  readonly state: SignOnState
  readonly name: string
  readonly mayChange: boolean
}

function Secrets({ state: { application, secrets }, name, mayChange }: SecretsProps) {
  const issue = useMutation({
    mutationFn: () =>
      client.call(api.applications.issueSecret, { params: { application }, body: {} }),
    onSuccess: () => changed(application),
  })
  const isFirst = secrets.length === 0
  return (
    <>
      {isFirst ? (
        <p>It has no secret yet, so nobody can sign on to it.</p>
      ) : (
        <ul>
          {secrets.map(({ issuedAt, endsAt }) => (
            <li key={issuedAt}>
              A secret of <Moment at={issuedAt} as="day" />
              {endsAt !== undefined && (
                <>
                  , which counts until <Moment at={endsAt} as="moment" />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {issue.data ? (
        <ShownOnce
          lines={[issue.data.secret]}
          what="secret"
          advice={`Enter it in ${name} now.${
            issue.data.previousEndsAt === undefined ? '' : ' The one before counts for another day.'
          }`}
        />
      ) : (
        mayChange &&
        (isFirst ? (
          <Button size="xs" loading={issue.isPending} onClick={() => issue.mutate()}>
            Make its secret
          </Button>
        ) : (
          <Confirm
            label="Make a new secret"
            of={`for ${name}`}
            consequence={`The secret that ${name} has now counts for another day. Without the new one, nobody can sign on to it afterwards.`}
            confirm="Make it"
            loading={issue.isPending}
            onConfirm={() => issue.mutate()}
          />
        ))
      )}
      {issue.error && <Problem error={issue.error} onRetry={() => issue.mutate()} />}
    </>
  )
}

interface RemoveProps {
  readonly application: string
  readonly name: string
  readonly signedOn: number
}

function Remove({ application, name, signedOn }: RemoveProps) {
  const remove = useMutation({
    mutationFn: () => client.call(api.applications.removeSignOn, { params: { application } }),
    onSuccess: () => changed(application),
  })
  return (
    <>
      <Confirm
        label="Remove the sign-on"
        of={`of ${name}`}
        consequence={`Nobody can sign on to ${name} any more, and its secrets and tokens count no longer.${
          signedOn === 0 ? '' : ` ${counted(signedOn, 'person is', 'people are')} signed on now.`
        }`}
        confirm="Remove it"
        loading={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
      {remove.error && <Problem error={remove.error} onRetry={() => remove.mutate()} />}
    </>
  )
}
