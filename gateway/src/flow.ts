// The life of a request. Every access takes the same steps in the same order, whichever way it
// came in; a step is named for what it does and lives in a file of that name under `steps/`. The
// first step that answers ends the request, and what a step throws is a refusal. A further kind
// of entry, such as the question of another proxy, is a further column.
import type { Gateway } from './gateway.ts'
import { EXTERNAL, HTTP, TUNNEL, WEBSOCKET } from './exchange.ts'
import { begin } from './grid.ts'
import { answerReserved } from './steps/answer-reserved.ts'
import { assembleRequest } from './steps/assemble-request.ts'
import { decideAccess } from './steps/decide-access.ts'
import { findApplication } from './steps/find-application.ts'
import { identifyClient } from './steps/identify-client.ts'
import { letPass } from './steps/let-pass.ts'
import { noticeUse } from './steps/notice-use.ts'
import { offerSignIn } from './steps/offer-sign-in.ts'
import { offerToSendAgain } from './steps/offer-to-send-again.ts'
import { openTunnel } from './steps/open-tunnel.ts'
import { proxyRequest } from './steps/proxy-request.ts'
import { proxyWebSocket } from './steps/proxy-websocket.ts'
import { recordDecision } from './steps/record-decision.ts'
import { refuse } from './steps/refuse.ts'
import { rejectClaims } from './steps/reject-claims.ts'
import { rejectMalformed } from './steps/reject-malformed.ts'
import { rejectMisdirected } from './steps/reject-misdirected.ts'
import { requireFacts } from './steps/require-facts.ts'
import { requireFreshness } from './steps/require-freshness.ts'

// A column lists the steps of one kind of entry; the formatter would not keep the columns.
// prettier-ignore
export const flow = begin<Gateway>()
  .step(rejectMalformed,   HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // one meaning of target and host, or 400
  .step(rejectMisdirected, HTTP, WEBSOCKET                  )  // a connection serves the host it was made for, or 421
  .step(requireFacts,      HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // facts to decide with, or 503
  .step(rejectClaims,                               EXTERNAL)  // what a proxy cannot remove must not be there, or 400
  .step(findApplication,   HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // the application of the host, or 421
  .step(requireFreshness,  HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // facts fresh enough for its tier, or 503
  .step(answerReserved,    HTTP, WEBSOCKET,         EXTERNAL)  // /.countersign never reaches an application
  .step(identifyClient,    HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // who asks; anonymous is someone too
  .step(noticeUse,         HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // a session in two browsers at once stands for nobody
  .step(assembleRequest,   HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // the question, the same from every kind of entry
  .step(decideAccess,      HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // allow, deny or step-up, decided afresh
  .step(recordDecision,    HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // on record before it takes effect, or 503
  .step(offerSignIn,       HTTP,                    EXTERNAL)  // a browser is taken to the sign-in and back
  .step(offerToSendAgain,  HTTP,                    EXTERNAL)  // a form that was sent too early is given back, to be sent again
  .step(refuse,            HTTP, WEBSOCKET, TUNNEL, EXTERNAL)  // anything but a clear allow, with its reasons
  .step(proxyRequest,      HTTP                             )  // to the application and back, streamed
  .step(proxyWebSocket,          WEBSOCKET                  )  // joined until either side or the access ends
  .step(openTunnel,                         TUNNEL          )  // joined likewise, whatever is spoken in it
  .step(letPass,                                    EXTERNAL) // the proxy that asked may let it pass
