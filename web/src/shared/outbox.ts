// Sends what waits on the phone, each photo exactly once: its key goes along,
// and the server gives a repetition the first answer.
import { ServerError, ask, whoami } from './api'
import { answers, changed, waiting, words, type Answer, type Waiting, type Word } from './database'

interface Predicted {
  message: string
  data: {
    primary_prediction: { disease: string; confidence_score: number; treatment: string }
    top_3_predictions: { disease: string; confidence: number }[]
    gate_validation: { passed: boolean; message: string }
    debug_info: { verdict: string }
    saved_image_id?: number | null
    stored?: boolean
    heat_map?: string
    photos?: {
      success: boolean
      counted: boolean
      primary_prediction: { disease: string; confidence_score: number }
      gate_validation: { passed: boolean }
      heat_map?: string
      saved_image_id: number | null
    }[]
  }
  error_code?: string
  errors?: string[]
}

const longest = 10 * 60_000
const pause = (tries: number) => Math.min(longest, 2000 * 2 ** Math.min(tries, 9))

// send sends all that may be sent now. One page, or the service worker, does
// it at a time; where the browser has no locks the key alone keeps it to once.
export async function send(): Promise<void> {
  if (!navigator.locks) return alone()
  await navigator.locks.request('mango-outbox', { ifAvailable: true }, async (lock) => {
    if (lock) await alone()
  })
}

let running: Promise<void> | null = null

function alone(): Promise<void> {
  running ??= round().finally(() => (running = null))
  return running
}

async function round(): Promise<void> {
  const due = (await waiting.all()).filter((w) => w.state !== 'refused' && w.next <= Date.now())
  const said = (await words.all()).filter((w) => w.next <= Date.now())
  if (due.length + said.length === 0) return
  let account: number | null
  try {
    account = (await whoami())?.id ?? null
  } catch {
    await later(due)
    return
  }
  for (const w of due) {
    if (w.account !== null && w.account !== account) {
      if (w.state !== 'login') await waiting.put({ ...w, state: 'login' })
      continue
    }
    if (!(await one(w))) break
    changed()
  }
  for (const w of said) if (w.account === account) await word(w)
  changed()
}

// later puts off all that could not be sent because nobody answered.
async function later(due: Waiting[]): Promise<void> {
  if (due.length) await waiting.put(...due.map((w) => ({ ...w, tries: w.tries + 1, next: Date.now() + pause(w.tries) })))
  changed()
}

// one sends one photo; false: the server cannot take the next either.
async function one(w: Waiting): Promise<boolean> {
  const form = new FormData()
  w.photos.forEach((p, i) => form.append('image', p, `photo-${i + 1}.jpg`))
  form.set('detection_type', w.kind)
  form.set('preview_only', String(w.account === null))
  if (w.label) form.set('label', w.label)
  if (w.place && w.account !== null) {
    form.set('latitude', String(w.place.latitude))
    form.set('longitude', String(w.place.longitude))
    form.set('location_accuracy', String(w.place.accuracy))
    form.set('location_source', 'device gps')
    form.set('location_consent_given', 'true')
  } else {
    form.set('location_consent_given', 'false')
  }
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), 120_000)
  try {
    const tree = w.tree && w.account !== null
    const r = await ask<Predicted>(tree ? '/api/predict/tree/?explain=1' : '/api/predict/?explain=1', {
      method: 'POST', form, signal: stop.signal, headers: w.account === null ? {} : { 'Idempotency-Key': w.id },
    })
    const a = await answerOf(w, r)
    if (r.data.stored === false) {
      // Diagnosed, and not stored: shown, and sent again later.
      await answers.put(a)
      await waiting.put({ ...w, state: 'unstored', reason: r.errors?.[0] ?? r.message, tries: w.tries + 1, next: Date.now() + longest })
      return true
    }
    await waiting.answered(w.id, a)
    await answers.trim()
    return true
  } catch (e) {
    return failed(w, e)
  } finally {
    clearTimeout(timer)
  }
}

async function failed(w: Waiting, e: unknown): Promise<boolean> {
  const fault = e instanceof ServerError ? e : new ServerError(0, 'NO_ANSWER', String(e))
  const lasting = fault.status >= 400 && fault.status < 500 && ![401, 403, 408, 429].includes(fault.status)
  if (lasting) {
    await waiting.put({ ...w, state: 'refused', reason: [fault.message, ...fault.errors.filter((s) => s !== fault.message)].join(' ') })
    return true
  }
  const wait = Math.max(pause(w.tries), fault.retryAfter * 1000)
  await waiting.put({ ...w, tries: w.tries + 1, next: Date.now() + wait, state: fault.status === 401 ? 'login' : 'waiting', reason: fault.status === 0 ? '' : fault.message })
  return false
}

async function answerOf(w: Waiting, r: Predicted): Promise<Answer> {
  const d = r.data
  return {
    id: w.id, at: w.at, account: w.account, kind: w.kind, label: w.label, place: w.place, hints: w.hints,
    photo: w.photos[0]!, heat: pictureOf(d.heat_map), tree: w.tree ? w.photos.length : 0,
    shots: w.tree && d.photos?.length === w.photos.length ? d.photos.map((p, i) => ({
      photo: w.photos[i]!, heat: pictureOf(p.heat_map), counted: p.counted, confidence: p.primary_prediction.confidence_score,
      disease: !p.success ? '' : p.gate_validation.passed ? p.primary_prediction.disease : 'Not a mango',
      verdict: p.success && !p.gate_validation.passed ? 'no mango' : '',
    })) : undefined,
    verdict: d.gate_validation.passed ? d.debug_info.verdict : 'no mango',
    disease: d.gate_validation.passed ? d.primary_prediction.disease : 'Not a mango',
    confidence: d.primary_prediction.confidence_score,
    ranking: d.top_3_predictions.map(({ disease, confidence }) => ({ disease, confidence })),
    message: d.gate_validation.passed ? '' : d.gate_validation.message,
    record: d.saved_image_id ?? d.photos?.find((p) => p.saved_image_id)?.saved_image_id ?? null,
    said: null, right: '',
  }
}

// pictureOf makes a picture of a data: address, which the pages may not load.
function pictureOf(url: string | undefined): Blob | null {
  const found = url?.match(/^data:(image\/\w+);base64,(.*)$/)
  if (!found) return null
  return new Blob([Uint8Array.from(atob(found[2]!), (c) => c.charCodeAt(0))], { type: found[1] })
}

async function word(w: Word): Promise<void> {
  try {
    await ask('/api/save-confirmation/', {
      method: 'POST',
      json: {
        image_id: w.record, is_correct: w.correct, predicted_disease: w.predicted, confidence_score: w.confidence,
        user_feedback: [w.right && `Is: ${w.right}`, w.comment].filter(Boolean).join('. '), location_consent_given: false,
      },
    })
  } catch (e) {
    // Said before, or of a record that is gone: there is nothing to repeat.
    if (!(e instanceof ServerError) || ![400, 404].includes(e.status)) {
      await words.put({ ...w, next: Date.now() + 30_000 })
      return
    }
  }
  await words.drop(w.id)
}

// newKey is a fresh Idempotency-Key. randomUUID is missing without TLS.
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('')
}

// retry puts everything that waits up for sending at once.
export async function retry(id?: string): Promise<void> {
  const list = (await waiting.all()).filter((w) => !id || w.id === id)
  await waiting.put(...list.map((w) => ({ ...w, next: 0, state: id || w.state !== 'refused' ? ('waiting' as const) : w.state })))
  for (const w of await words.all()) await words.put({ ...w, next: 0 })
  await send()
}
