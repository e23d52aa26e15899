// For pages under a content security policy without `unsafe-eval`: import this before any file that
// declares a schema. zod would otherwise try `new Function` to compile its parsers; it survives the
// refusal, but the browser reports each one.
import { z } from 'zod'

z.config({ jitless: true })
