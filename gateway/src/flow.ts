// The life of a request. Every access takes the same steps in the same order, whichever way it
// came in; a step is named for what it does and lives in a file of that name under `steps/`. The
// first step that answers ends the request, and what a step throws is a refusal. A further kind
// of entry, such as a tunnel or the question of another proxy, is a further column.
import type { Gateway } from './gateway.ts'
import { HTTP, WEBSOCKET } from './exchange.ts'
import { begin } from './grid.ts'
import { answerReserved } from './steps/answer-reserved.ts'
import { assembleRequest } from './steps/assemble-request.ts'
import { decideAccess } from './steps/decide-access.ts'
import { findApplication } from './steps/find-application.ts'
import { identifyClient } from './steps/identify-client.ts'
import { offerSignIn } from './steps/offer-sign-in.ts'
import { proxyRequest } from './steps/proxy-request.ts'
import { proxyWebSocket } from './steps/proxy-websocket.ts'
import { recordDecision } from './steps/record-decision.ts'
import { refuse } from './steps/refuse.ts'
import { rejectMalformed } from './steps/reject-malformed.ts'
import { requireFacts } from './steps/require-facts.ts'

// A column lists the steps of one kind of entry; the formatter would not keep the columns.
// prettier-ignore
export const flow = begin<Gateway>()
  .step(rejectMalformed,  HTTP, WEBSOCKET)  // one meaning of target and host, or 400
  .step(requireFacts,     HTTP, WEBSOCKET)  // facts fresh enough to decide with, or 503
  .step(findApplication,  HTTP, WEBSOCKET)  // the application of the host, or 421
  .step(answerReserved,   HTTP, WEBSOCKET)  // /.countersign never reaches an application
  .step(identifyClient,   HTTP, WEBSOCKET)  // who asks; anonymous is someone too
  .step(assembleRequest,  HTTP, WEBSOCKET)  // the question, the same from every kind of entry
  .step(decideAccess,     HTTP, WEBSOCKET)  // allow, deny or step-up, decided afresh
  .step(recordDecision,   HTTP, WEBSOCKET)  // on record before it takes effect, or 503
  .step(offerSignIn,      HTTP           )  // a browser is taken to the sign-in and back
  .step(refuse,           HTTP, WEBSOCKET)  // anything but a clear allow, with its reasons
  .step(proxyRequest,     HTTP           )  // to the application and back, streamed
  .step(proxyWebSocket,         WEBSOCKET) // joined until either side or the access ends
