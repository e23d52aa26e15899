// Every bound of the gateway, in one place, with its unit in its name.

/** Request line and headers together. Node answers the overflow before a step sees it. */
export const headMaxBytes = 16 * 1024
/** Header lines; so that a small head cannot be a large number of headers. */
export const headersMaxCount = 200
/** The request target. Records keep paths up to this length. */
export const targetMaxCharacters = 8_192
/** From the first byte of a head to its last. */
export const headTimeoutMs = 15_000
/** A connection between two requests. */
export const keepAliveTimeoutMs = 30_000
/** Connections from clients at once. */
export const connectionsMaxCount = 20_000
/** Without a byte of an awaited request body. */
export const uploadIdleTimeoutMs = 60_000

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

/** A client that takes nothing of an answer that waits for it. */
export const downloadIdleTimeoutMs = 120_000
/** Silence after which the operating system asks whether a client is still there. */
export const tcpKeepAliveDelayMs = 30_000

/** A WebSocket without a byte in either direction. */
export const webSocketIdleTimeoutMs = 60 * 60_000

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
