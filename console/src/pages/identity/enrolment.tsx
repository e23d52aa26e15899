// The way in for people who have no passkey yet, and the way back for those who lost theirs. Both
// hand somebody an account, so both say what to make sure of.
import { Page } from '#design/page.tsx'
import { EnrolmentLinks } from './enrolment-links.tsx'
import { FactorsInForce } from './factors-policy.tsx'
import { Recoveries } from './recoveries.tsx'

export function EnrolmentAndRecovery() {
  return (
    <Page
      title="Enrolment and recovery"
      about="Links with which people register their first passkey, and recoveries of those who lost a device. Whoever holds such a link becomes that person, so make sure whom you give it to."
    >
      <EnrolmentLinks />
      <Recoveries />
      <FactorsInForce />
    </Page>
  )
}
