// The messages of Envoy's ext_authz service (envoy.service.auth.v3), as far as they are used here.
// Field numbers are those of the public protocol; a field that is not listed is skipped.
import protobuf from 'protobufjs/light.js'

/** A header as Envoy tells it: `rawValue` where raw headers are sent, else `value`. */
interface HeaderValue {
  readonly key: string
  readonly value: string
  readonly rawValue: Uint8Array
}

/** A question, with what the protocol calls `attributes` taken apart. */
export interface CheckRequest {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly address: string
  /** Merged headers, or none where raw ones are sent. */
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly HeaderValue[]
  readonly extensions: Readonly<Record<string, string>>
}

export interface HeaderOption {
  readonly header: { readonly key: string; readonly value: string }
  /** Whether it stands beside others of its name instead of replacing them. */
  readonly append: { readonly value: boolean }
}

/** An answer. A `status.code` other than 0 denies. */
export type CheckResponse =
  | {
      readonly status: { readonly code: 0 }
      readonly okResponse: {
        readonly headers: readonly HeaderOption[]
        readonly headersToRemove: readonly string[]
      }
    }
  | {
      readonly status: { readonly code: number }
      readonly deniedResponse: {
        readonly status: { readonly code: number }
        readonly headers: readonly HeaderOption[]
        readonly body: string
      }
    }

const repeated = 'repeated'
const textByText = (id: number): protobuf.IMapField => ({ keyType: 'string', type: 'string', id })

const root = protobuf.Root.fromJSON({
  nested: {
    CheckRequest: { fields: { attributes: { type: 'Attributes', id: 1 } } },
    Attributes: {
      fields: {
        source: { type: 'Peer', id: 1 },
        request: { type: 'Request', id: 4 },
        contextExtensions: textByText(10),
      },
    },
    Peer: { fields: { address: { type: 'Address', id: 1 } } },
    Address: { fields: { socketAddress: { type: 'SocketAddress', id: 1 } } },
    SocketAddress: { fields: { address: { type: 'string', id: 2 } } },
    Request: { fields: { http: { type: 'HttpRequest', id: 2 } } },
    HttpRequest: {
      fields: {
        method: { type: 'string', id: 2 },
        headers: textByText(3),
        path: { type: 'string', id: 4 },
        host: { type: 'string', id: 5 },
        headerMap: { type: 'HeaderMap', id: 13 },
      },
    },
    HeaderMap: { fields: { headers: { rule: repeated, type: 'HeaderValue', id: 1 } } },
    HeaderValue: {
      fields: {
        key: { type: 'string', id: 1 },
        value: { type: 'string', id: 2 },
        rawValue: { type: 'bytes', id: 3 },
      },
    },
    HeaderValueOption: {
      fields: {
        header: { type: 'HeaderValue', id: 1 },
        append: { type: 'BoolValue', id: 2 },
      },
    },
    BoolValue: { fields: { value: { type: 'bool', id: 1 } } },
    CheckResponse: {
      fields: {
        status: { type: 'Status', id: 1 },
        deniedResponse: { type: 'DeniedHttpResponse', id: 2 },
        okResponse: { type: 'OkHttpResponse', id: 3 },
      },
    },
    Status: { fields: { code: { type: 'int32', id: 1 } } },
    DeniedHttpResponse: {
      fields: {
        status: { type: 'HttpStatus', id: 1 },
        headers: { rule: repeated, type: 'HeaderValueOption', id: 2 },
        body: { type: 'string', id: 3 },
      },
    },
    HttpStatus: { fields: { code: { type: 'int32', id: 1 } } },
    OkHttpResponse: {
      fields: {
        headers: { rule: repeated, type: 'HeaderValueOption', id: 2 },
        headersToRemove: { rule: repeated, type: 'string', id: 5 },
      },
    },
  },
})

const request = root.lookupType('CheckRequest')
const response = root.lookupType('CheckResponse')

interface Wire {
  readonly attributes: {
    readonly source: { readonly address: { readonly socketAddress: { readonly address: string } } }
    readonly request: {
      readonly http: Pick<CheckRequest, 'method' | 'path' | 'host' | 'headers'> & {
        readonly headerMap: { readonly headers: readonly HeaderValue[] }
      }
    }
    readonly contextExtensions: Readonly<Record<string, string>>
  }
}

/** Reads a question. Throws where the bytes are no such message. */
export function readCheckRequest(bytes: Uint8Array): CheckRequest {
  const object = request.toObject(request.decode(bytes), { defaults: true })
  // INVARIANT: decoding gives every field its declared type; a message that is absent is `null`.
  const { attributes } = object as Partial<Wire>
  const http = attributes?.request?.http
  return {
    method: http?.method ?? '',
    path: http?.path ?? '',
    host: http?.host ?? '',
    address: attributes?.source?.address?.socketAddress?.address ?? '',
    headers: http?.headers ?? {},
    rawHeaders: http?.headerMap?.headers ?? [],
    extensions: attributes?.contextExtensions ?? {},
  }
}

/** The bytes of an answer. */
export function writeCheckResponse(answer: CheckResponse): Buffer {
  return Buffer.from(response.encode(response.fromObject(answer)).finish())
}

/** The other side of both, for a client. */
export const clientSide = {
  writeRequest: (message: object): Buffer =>
    Buffer.from(request.encode(request.fromObject(message)).finish()),
  readResponse: (bytes: Uint8Array): Record<string, unknown> =>
    response.toObject(response.decode(bytes)),
}
