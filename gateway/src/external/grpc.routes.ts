// The gRPC service that Envoy asks. Its connections come in at the same door as all others.
import type { Duplex } from 'node:stream'
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js'
import { secretHeader } from '@countersign/contract/external'
import { problems } from '@countersign/contract/problems'
import type { Gateway } from '#gateway'
import { askingTimeoutMs, headMaxBytes, streamsPerConnectionMaxCount } from '#limits'
import { ask } from './ask.ts'
import { readCheck, routeOf, writeCheck } from './envoy-grpc.ts'
import {
  type CheckRequest,
  type CheckResponse,
  readCheckRequest,
  writeCheckResponse,
} from './envoy-messages.ts'
import { problemReply } from './problem-reply.ts'

export interface GrpcDoor {
  /** Takes over a connection that speaks HTTP/2. */
  readonly take: (connection: Duplex) => void
  readonly close: () => void
}

/** Answers `envoy.service.auth.v3.Authorization/Check` to whoever shows the secret. */
export function grpcDoor(
  isSecret: (presented: string | undefined) => boolean,
  gateway: Gateway,
): GrpcDoor {
  const server = new Server({
    // Room for a head and a little: bodies are not asked for.
    'grpc.max_receive_message_length': 4 * headMaxBytes,
    'grpc.max_concurrent_streams': streamsPerConnectionMaxCount,
    'grpc.keepalive_timeout_ms': askingTimeoutMs,
  })
  server.addService(
    {
      Check: {
        path: '/envoy.service.auth.v3.Authorization/Check',
        requestStream: false,
        responseStream: false,
        requestDeserialize: readCheckRequest,
        requestSerialize: neverSent,
        responseSerialize: writeCheckResponse,
        responseDeserialize: neverSent,
      },
    },
    {
      Check(
        call: { readonly request: CheckRequest; readonly metadata: Metadata },
        done: (error: object | null, answer?: CheckResponse) => void,
      ) {
        if (!isSecret(secretOf(call.metadata))) {
          gateway.metrics.answeredWithProblem('external.not_authenticated')
          done({
            code: status.PERMISSION_DENIED,
            details: problems['external.not_authenticated'].title,
          })
          return
        }
        void finish(call.request, done, gateway)
      },
    },
  )
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  return {
    take: (connection) => injector.injectConnection(connection),
    close() {
      injector.destroy()
      server.forceShutdown()
    },
  }
}

async function finish(
  check: CheckRequest,
  done: (error: object | null, answer?: CheckResponse) => void,
  gateway: Gateway,
): Promise<void> {
  let response: CheckResponse
  try {
    response = await answer(check, gateway)
  } catch (error) {
    gateway.log.error({ err: error }, 'a question of Envoy failed unexpectedly: refused')
    done({ code: status.PERMISSION_DENIED, details: 'access is refused' })
    return
  }
  done(null, response)
}

async function answer(check: CheckRequest, gateway: Gateway): Promise<CheckResponse> {
  const nobody = { request: { ...nothing }, address: '' }
  try {
    const told = readCheck(check)
    return writeCheck(await ask({ ...told, route: routeOf(check), removes: true }, gateway), told)
  } catch (error) {
    return writeCheck(problemReply(error, gateway.metrics), nobody)
  }
}

const nothing = { method: '', url: '', httpVersion: '1.1', headers: {}, rawHeaders: [] }

// Twice the same key would come joined with a comma, which no secret holds.
function secretOf(metadata: Metadata): string | undefined {
  const values = metadata.get(secretHeader)
  const [value] = values
  return values.length === 1 && typeof value === 'string' ? value : undefined
}

function neverSent(): never {
  throw new Error('the gateway answers; it does not ask')
}
