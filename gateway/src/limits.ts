// Every bound of the gateway, in one place, with its unit in its name.

/** Request line and headers together. Node answers the overflow before a step sees it. */
export const headMaxBytes = 16 * 1024
/** Header lines; so that a small head cannot be a large number of headers. */
export const headersMaxCount = 200
/** What a client says behind a body; beyond it, nothing of it passes. */
export const trailersMaxCount = 32
export const trailersMaxCharacters = 4 * 1024
/** The request target. Records keep paths up to this length. */
export const targetMaxCharacters = 8_192
/** From the first byte of a head to its last. */
export const headTimeoutMs = 15_000
/** A connection between two requests. */
export const keepAliveTimeoutMs = 30_000
/** Requests that a client has sent on one connection without waiting for their answers. */
export const pipelinedMaxCount = 100
/** Connections from clients at once. */
export const connectionsMaxCount = 20_000
/** Without a byte of an awaited request body. */
export const uploadIdleTimeoutMs = 60_000

/** A form that meets the sign-in is given back to its browser: so long, with so many fields. */
export const formBodyMaxBytes = 64 * 1024
export const formFieldsMaxCount = 500
/** Such forms read at once, and from the decision to the last byte of one. */
export const formBodiesAtOnceMaxCount = 200
export const formBodyTimeoutMs = 10_000

/** Connections to one upstream at once. Each stream of events keeps one, so they are many. */
export const upstreamConnectionsMaxCount = 10_000
export const upstreamConnectTimeoutMs = 5_000
/** Until the head of an upstream's answer. Long polls are shorter than this. */
export const upstreamHeadTimeoutMs = 120_000
/** Between two parts of an upstream's answer. Streams of events may be silent for long. */
export const upstreamIdleTimeoutMs = 15 * 60_000
export const upstreamHeadMaxBytes = 64 * 1024
/** Upstreams with an open pool; the longest unused is closed. */
export const upstreamPoolsMaxCount = 1_000
export const upstreamKeepAliveTimeoutMs = 4_000
/** An upstream that could not be reached so often in a row is left alone, for this long at first. */
export const circuitFailuresMaxCount = 5
export const circuitFirstRestMs = 1_000
export const circuitRestMaxMs = 10_000

/** How often is looked which applications are to be asked whether they work. */
export const healthLookIntervalMs = 1_000
/** Until an application has answered that question, and such questions at once. */
export const healthProbeTimeoutMs = 4_000
export const healthProbesAtOnceMaxCount = 100

/** A client that takes nothing of an answer that waits for it. */
export const downloadIdleTimeoutMs = 120_000
/** Silence after which the operating system asks whether a client is still there. */
export const tcpKeepAliveDelayMs = 30_000

/** A WebSocket without a byte in either direction. */
export const webSocketIdleTimeoutMs = 60 * 60_000

/** A tunnel without a byte in either direction. */
export const tunnelIdleTimeoutMs = 60 * 60_000
/** A tunnel without a byte after one side has said that it sends no more. */
export const tunnelHalfClosedTimeoutMs = 5 * 60_000
/** A tunnel from its beginning. It is as long as a session, and ends before it with its access. */
export const tunnelMaxAgeMs = 12 * 60 * 60_000
/** Tunnels whose end is remembered, and for how long, so that whoever opened them can ask why. */
export const endingsMaxCount = 10_000
export const endingMaxAgeMs = 15 * 60_000

/** How long an answer of our own application waits until the facts it made have arrived. */
export const ownWritesTimeoutMs = 2_000
/** How long a graceful stop waits for requests in progress. */
export const drainTimeoutMs = 10_000

/** Decision records on disk that were not shipped yet. Beyond it, nothing passes. */
export const decisionsMaxBytes = 1024 * 1024 * 1024
export const segmentMaxBytes = 16 * 1024 * 1024
/** Assertions kept for reuse. */
export const assertionsMaxCount = 10_000
/** Changes on disk beyond which a fresh snapshot replaces them. */
export const changesMaxBytes = 32 * 1024 * 1024
/** An answer of the control plane other than the feed. */
export const controlAnswerMaxBytes = 1024 * 1024
export const controlTimeoutMs = 10_000

/** How often every open stream is judged again, besides at every change of facts. */
export const rejudgeIntervalMs = 15_000
/** An HTTP answer in progress counts as a stream, to be judged again, from this age on. */
export const streamFromAgeMs = 1_000

/** Within which a proxy that asks has sent its question. */
export const askingTimeoutMs = 10_000
/** Refusals that wait for a proxy to fetch them. */
export const keptAnswersMaxCount = 1_000
export const keptAnswerMaxAgeMs = 30_000

/** A TLS handshake, from the first byte of a connection on. */
export const handshakeTimeoutMs = 10_000
/** How often files with certificates are looked at. */
export const certificateFilesIntervalMs = 10_000
/** How often a certificate's end is looked at, and whether a new one is due. */
export const certificatesIntervalMs = 60 * 60_000
/** How often is looked whether a host needs a certificate that must be ordered. */
export const acmeIntervalMs = 10_000
/** Until a failed order is tried again, at first and at most. */
export const acmeFirstRetryMs = 5 * 60_000
export const acmeRetryMaxMs = 6 * 60 * 60_000
export const acmeTimeoutMs = 30_000
/** Orders at one look; further hosts wait for the next. */
export const acmeOrdersMaxCount = 10
/** A certificate that ends sooner than this, and sooner than a third of its life, is warned of. */
export const certificateWarningMs = 21 * 24 * 60 * 60_000

/** Requests in progress on one HTTP/2 connection. */
export const http2StreamsMaxCount = 100
/** Requests on one HTTP/2 connection that the client took back, at once and over time. */
export const http2ResetsMaxBurst = 200
export const http2ResetsMaxPerSecond = 30
/** Frames on one HTTP/2 connection that break the protocol, before it ends. */
export const http2InvalidFramesMaxCount = 50
/** Pings and new settings on one HTTP/2 connection within a minute, before it ends. */
export const http2ControlFramesMaxPerMinute = 10_000
/** Settings in one frame; RFC 9113 defines six. */
export const http2SettingsMaxCount = 16
/** What a client may send of one request's body, or of all, before an application took any. */
export const http2StreamWindowBytes = 256 * 1024
export const http2ConnectionWindowBytes = 1024 * 1024
/** What one HTTP/2 connection may occupy, in megabytes. */
export const http2MemoryMaxMegabytes = 4
/** Questions at once on one connection of a proxy that speaks HTTP/2. */
export const streamsPerConnectionMaxCount = 1_000
/** What a program asks through the AuthZEN API, in one request. */
export const authzenBodyMaxBytes = 256 * 1024

/** Proofs of possession that are remembered, each for about a minute. Beyond it none is believed. */
export const proofsMaxCount = 500_000
/** A token of a trust domain that ends later than this is not believed, in seconds. */
export const svidMaxAgeSeconds = 3_600
/** How often the keys of trust domains are looked at. */
export const trustDomainsIntervalMs = 10_000

/** What one process of a gateway asks another. */
export const peersTimeoutMs = 2_000
/** Until a process that should begin accepts connections, or one that was told to stop is gone. */
export const processStartTimeoutMs = 60_000
export const processStopTimeoutMs = drainTimeoutMs + 2_000
/** Until a process that died is started again, at first and at most. */
export const processFirstRestartMs = 100
export const processRestartMaxMs = 5_000
/** A process that lived this long did not die of how it began. */
export const processProvenMs = 10_000
/** How long a start waits for processes of the start before, which end as soon as they notice. */
export const oldProcessesTimeoutMs = 10_000

/** Sessions whose use is noted, so that a second device is noticed. */
export const sightingsKeptMaxCount = 100_000
/** How often the control plane is told of uses, and how much later a use is to be told again. */
export const sightingsIntervalMs = 15_000
export const sightingTellAgainAfterMs = 60_000
