// The first screen: leaf or fruit, a photo or several, and what waits.
import { useEffect, useRef, useState } from 'preact/hooks'
import { answers, changed, kept, waiting, type Answer, type Kind, type Place, type Waiting } from '../shared/database'
import { date, t } from '../shared/i18n'
import { newKey, retry, send } from '../shared/outbox'
import { useAdvice, nameOf } from './advice'
import { Camera, hasCamera } from './Camera'
import { CameraIcon, FruitDrawing, LeafDrawing, PictureIcon } from './icons'
import { UnreadablePhoto, prepare } from './photo'
import { Picture } from './Picture'
import { go, refresh, useShared } from './state'

const mostOfATree = 12

interface Choices {
  kind: Kind
  label: string
  place: boolean
  original: boolean
}

// where asks the phone for the place; null where it will not say.
function where(): Promise<Place | null> {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(null)
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude, accuracy: Math.round(coords.accuracy) }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: 8000, maximumAge: 60_000 },
    )
  })
}

// wake asks the browser to send what waits even when the page is closed.
async function wake() {
  try {
    const ready = (await navigator.serviceWorker?.ready) as (ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } }) | undefined
    await ready?.sync?.register('outbox')
  } catch {
    // Not every browser has it, or lets it: the page sends when it is opened.
  }
}

export function Take() {
  const { user, waiting: queue } = useShared()
  const [choices, choose] = useState<Choices>({ kind: 'leaf', label: '', place: false, original: false })
  const [labels, setLabels] = useState<string[]>([])
  const [busy, setBusy] = useState('')
  const [fault, setFault] = useState('')
  const [several, setSeveral] = useState<File[]>([])
  const [camera, setCamera] = useState(false)
  const taken = useRef<HTMLInputElement>(null)
  const chosen = useRef<HTMLInputElement>(null)

  useEffect(() => {
    void kept.get<Choices>('choices').then((c) => c && choose({ ...c, original: false }))
    void kept.get<string[]>('labels').then((l) => l && setLabels(l))
  }, [])

  const change = (c: Partial<Choices>) => {
    const next = { ...choices, ...c }
    choose(next)
    void kept.put('choices', next)
  }

  async function add(files: Blob[], tree: boolean) {
    if (files.length === 0) return
    setSeveral([])
    setFault('')
    setBusy(t('take.preparing'))
    try {
      const place = choices.place && user ? await where() : null
      const label = choices.label.trim()
      if (label) {
        const next = [label, ...labels.filter((l) => l !== label)].slice(0, 30)
        setLabels(next)
        await kept.put('labels', next)
      }
      const shared = { account: user?.id ?? null, kind: choices.kind, label, place, tries: 0, next: 0, state: 'waiting' as const, reason: '' }
      const items: Waiting[] = []
      let unreadable = 0, heic = 0
      const photos = []
      for (const f of files) {
        try {
          photos.push(await prepare(f, choices.original))
        } catch (e) {
          if (!(e instanceof UnreadablePhoto)) throw e
          if (e.heic) heic++
          else unreadable++
        }
      }
      if (tree && photos.length > 1) {
        items.push({ ...shared, id: newKey(), at: Date.now(), photos: photos.map((p) => p.blob), tree: true, hints: [...new Set(photos.flatMap((p) => p.hints))] })
      } else {
        photos.forEach((p, i) => items.push({ ...shared, id: newKey(), at: Date.now() + i, photos: [p.blob], tree: false, hints: p.hints }))
      }
      await waiting.put(...items)
      changed()
      await refresh()
      void send()
      void wake()
      const faults = [heic && t('take.heic', { n: heic }), unreadable && t('take.unreadable', { n: unreadable })].filter(Boolean)
      if (faults.length) setFault(faults.join(' '))
      else if (items.length === 1) go('/answer/' + items[0]!.id)
    } catch {
      setFault(t('take.full'))
    } finally {
      setBusy('')
      for (const input of [taken.current, chosen.current]) if (input) input.value = ''
    }
  }

  const picked = (list: FileList | null) => {
    const files = [...(list ?? [])]
    if (files.length > 1 && files.length <= mostOfATree && user) setSeveral(files)
    else void add(files, false)
  }

  return (
    <div class="stack">
      <h1 tabIndex={-1}>{t('take.title')}</h1>
      <fieldset class="kinds">
        <legend class="hidden">{t('take.kind')}</legend>
        {(['leaf', 'fruit'] as const).map((kind) => (
          <label key={kind}>
            <input type="radio" name="kind" value={kind} checked={choices.kind === kind} onChange={() => change({ kind })} />
            <span class="kind">{kind === 'leaf' ? <LeafDrawing /> : <FruitDrawing />}<b>{t('kind.' + kind)}</b></span>
          </label>
        ))}
      </fieldset>

      {several.length > 0 ? (
        <div class="card stack" role="group" aria-labelledby="several">
          <h2 id="several">{t('several.title', { n: several.length })}</h2>
          <button class="button main wide" onClick={() => void add(several, true)}>{t('several.tree')}</button>
          <button class="button wide" onClick={() => void add(several, false)}>{t('several.each')}</button>
          <button class="link" onClick={() => setSeveral([])}>{t('cancel')}</button>
        </div>
      ) : (
        <div class="shoot">
          <button class="button warm big" disabled={!!busy} onClick={() => (hasCamera() ? setCamera(true) : taken.current?.click())}><CameraIcon />{t('take.photo')}</button>
          <button class="button" disabled={!!busy} onClick={() => chosen.current?.click()}><PictureIcon />{t('take.choose')}</button>
          <input ref={taken} class="hidden" type="file" accept="image/*" capture="environment" tabIndex={-1} aria-hidden="true" aria-label={t('take.photo')} onChange={(e) => picked(e.currentTarget.files)} />
          <input ref={chosen} class="hidden" data-test="choose" type="file" accept="image/*" multiple tabIndex={-1} aria-hidden="true" aria-label={t('take.choose')} onChange={(e) => picked(e.currentTarget.files)} />
        </div>
      )}
      <p role="status" class="soft">{busy}</p>
      {fault && <p class="note bad" role="alert">{fault}</p>}
      {camera && (
        <Camera kind={choices.kind} onPhoto={(b) => (setCamera(false), void add([b], false))} onClose={() => setCamera(false)}
          onNone={() => (setCamera(false), taken.current?.click())} />
      )}

      <Queue queue={queue} />

      <details class="card">
        <summary>{t('options.title')}{choices.label && <span class="tag">{choices.label}</span>}</summary>
        <div class="stack inset">
          <div class="field">
            <label for="label">{t('options.label')}</label>
            <input id="label" list="labels" maxLength={60} value={choices.label} autocomplete="off" aria-describedby="label-help" onInput={(e) => change({ label: e.currentTarget.value })} />
            <datalist id="labels">{labels.map((l) => <option key={l} value={l} />)}</datalist>
            <p id="label-help" class="soft small">{t('options.label.help')}</p>
          </div>
          {user && (
            <label class="check">
              <input type="checkbox" checked={choices.place} onChange={(e) => change({ place: e.currentTarget.checked })} />
              <span>{t('options.place')}<br /><span class="soft small">{t('options.place.help')}</span></span>
            </label>
          )}
          <label class="check">
            <input type="checkbox" checked={choices.original} onChange={(e) => change({ original: e.currentTarget.checked })} />
            <span>{t('options.original')}<br /><span class="soft small">{t('options.original.help')}</span></span>
          </label>
        </div>
      </details>

      {!user && <p class="note">{t('take.anonymous')} <a href="#/account">{t('account.enter')}</a></p>}
      <Latest />
    </div>
  )
}

// Queue is what has not been answered yet. It lies on the phone, and outlives
// the page.
function Queue({ queue }: { queue: Waiting[] }) {
  const { online } = useShared()
  if (queue.length === 0) return null
  return (
    <section class="card stack" aria-labelledby="queue">
      <div class="row spread">
        <h2 id="queue">{t('queue.title', { n: queue.length })}</h2>
        <button class="button small" onClick={() => void retry()}>{t('queue.now')}</button>
      </div>
      <p class="soft small" role="status">{online ? t('queue.online') : t('queue.offline')}</p>
      <ul class="rows" data-test="queue">
        {queue.map((w) => (
          <li key={w.id} class="item">
            <a href={'#/answer/' + w.id}>
              <Picture of={w.photos[0]!} alt="" />
              <span>
                <b>{w.tree ? t('queue.tree', { n: w.photos.length }) : t('kind.' + w.kind)}{w.label && ' · ' + w.label}</b>
                <span class="soft small">{date(w.at, { hour: 'numeric', minute: 'numeric', day: 'numeric', month: 'short' })} · {t('queue.' + w.state)}</span>
                {w.reason && <span class="small">{w.reason}</span>}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}

// Latest are the newest answers, to be read again without a network.
function Latest() {
  const { user, waiting: queue } = useShared()
  const [list, set] = useState<Answer[] | null>(null)
  const advice = useAdvice()
  useEffect(() => {
    void answers.all().then((all) => set(all.filter((a) => a.account === null || a.account === user?.id).slice(0, 6)))
  }, [queue, user])
  if (!list) return null
  if (list.length === 0 && queue.length === 0) {
    return (
      <section class="first" aria-labelledby="first">
        <h2 id="first">{t('first.title')}</h2>
        <ol>
          <li>{t('first.near')}</li>
          <li>{t('first.light')}</li>
          <li>{t('first.sharp')}</li>
        </ol>
      </section>
    )
  }
  if (list.length === 0) return null
  return (
    <section class="stack" aria-labelledby="latest">
      <h2 id="latest">{t('latest.title')}</h2>
      <ul class="tiles">
        {list.map((a) => (
          <li key={a.id}>
            <a href={'#/answer/' + a.id}>
              <Picture of={a.photo} alt="" />
              <b>{nameOf(advice, a.disease)}</b>
              <span class="soft small">{a.label || date(a.at, { day: 'numeric', month: 'short' })}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
