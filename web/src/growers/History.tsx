// All own records of the server: filter, trend, map, and each one again.
import { useEffect, useState } from 'preact/hooks'
import { ServerError, ask, ownPath } from '../shared/api'
import { kept, type Kind } from '../shared/database'
import { date, percent, t } from '../shared/i18n'
import { AdviceText } from './Diseases'
import { adviceOf, nameOf, useAdvice } from './advice'
import { PlaceMap } from '../shared/map'
import { Trend } from './charts'
import { PrintIcon } from './icons'
import { Correction, Verdict } from './Result'
import { useShared } from './state'

export interface Analysis {
  id: number
  date: string
  filename: string
  disease: string
  result: 'Healthy' | 'Diseased' | 'Unknown'
  confidence: number | null
  is_verified: boolean
  disease_type: Kind
  label: string
  notes: string
  latitude: number | null
  longitude: number | null
  image_url: string | null
  thumbnail_url: string | null
}

interface Loaded { list: Analysis[]; old: boolean }

// useHistory is the server's list, or the last one that was read.
function useHistory(): Loaded | null {
  const { user, waiting: queue } = useShared()
  const [loaded, set] = useState<Loaded | null>(null)
  useEffect(() => {
    if (!user) return
    const key = 'history:' + user.id
    ask<{ data: { analyses: Analysis[] } }>('/api/history/?limit=500').then(
      ({ data }) => (set({ list: data.analyses, old: false }), void kept.put(key, data.analyses)),
      async (e) => set({ list: (e instanceof ServerError && e.status === 401 ? null : await kept.get<Analysis[]>(key)) ?? [], old: true }),
    )
  }, [user, queue.length])
  return loaded
}

export function History() {
  const { user } = useShared()
  const loaded = useHistory()
  const advice = useAdvice()
  const [disease, setDisease] = useState('')
  const [label, setLabel] = useState('')
  const [kind, setKind] = useState('')
  const title = <h1 tabIndex={-1}>{t('history.title')}</h1>
  if (!user) return <div class="stack">{title}<p>{t('history.anonymous')}</p><a class="button main" href="#/account">{t('account.enter')}</a></div>
  if (!loaded) return <div class="stack">{title}<p role="status" class="soft">{t('loading')}</p></div>
  if (loaded.list.length === 0) {
    return <div class="stack">{title}<p>{t(loaded.old ? 'history.offline' : 'history.empty')}</p><a class="button warm" href="#/">{t('history.begin')}</a></div>
  }
  const count = (of: (a: Analysis) => string) => [...loaded.list.reduce((m, a) => m.set(of(a), (m.get(of(a)) ?? 0) + 1), new Map<string, number>())].filter(([k]) => k).sort((a, b) => b[1] - a[1])
  const list = loaded.list.filter((a) => (!disease || a.disease === disease) && (!label || a.label === label) && (!kind || a.disease_type === kind))
  const filter = (id: string, value: string, on: (v: string) => void, all: string, rows: [string, number][], named = (k: string) => k) => (
    <div class="field">
      <label for={id}>{t('history.' + id)}</label>
      <select id={id} value={value} onChange={(e) => on(e.currentTarget.value)}>
        <option value="">{all}</option>
        {rows.map(([k, n]) => <option key={k} value={k}>{named(k)} ({n})</option>)}
      </select>
    </div>
  )
  const labels = count((a) => a.label)
  return (
    <div class="stack">
      <div class="row spread">{title}<button class="button small no-print" onClick={() => print()}><PrintIcon />{t('print')}</button></div>
      {loaded.old && <p class="note">{t('history.old')}</p>}
      <div class="filters no-print">
        {filter('disease', disease, setDisease, t('history.all'), count((a) => a.disease), (k) => nameOf(advice, k))}
        {filter('kind', kind, setKind, t('history.all'), count((a) => a.disease_type), (k) => t('kind.' + k))}
        {labels.length > 0 && filter('label', label, setLabel, t('history.all'), labels)}
      </div>
      <p role="status" class="soft">{t('history.count', { n: list.length })}</p>
      <Trend list={list} />
      <Places list={list} name={(d) => nameOf(advice, d)} />
      <ul class="rows card">
        {list.map((a) => (
          <li key={a.id} class="item">
            <a href={'#/record/' + a.id}>
              {ownPath(a.thumbnail_url) ? <img src={ownPath(a.thumbnail_url)!} alt="" loading="lazy" /> : <span class="blank" />}
              <span>
                <b><i class={'dot ' + a.result} aria-hidden="true" />{nameOf(advice, a.disease)}</b>
                <span class="soft small">{[date(a.date), t('kind.' + a.disease_type), a.confidence !== null && percent(a.confidence), a.label].filter(Boolean).join(' · ')}</span>
                {a.is_verified && <span class="small checked">{t('history.verified')}</span>}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}

const colours = { Diseased: '#b3351b', Healthy: '#2f8a45', Unknown: '#5a6b5f' }

// Places shows where the photos were taken.
function Places({ list, name }: { list: Analysis[]; name: (disease: string) => string }) {
  const spots = list.filter((a) => a.latitude !== null && a.longitude !== null)
    .map((a) => ({ latitude: a.latitude!, longitude: a.longitude!, name: name(a.disease), colour: colours[a.result], note: date(a.date) }))
  if (spots.length === 0) return null
  return (
    <figure class="card chart">
      <figcaption><h2>{t('map.title')}</h2></figcaption>
      <PlaceMap spots={spots} />
    </figure>
  )
}

export function RecordPage({ id }: { id: number }) {
  const { user } = useShared()
  const loaded = useHistory()
  const advice = useAdvice()
  const a = loaded?.list.find((x) => x.id === id)
  if (!user || (loaded && !a)) return <div class="stack"><h1 tabIndex={-1}>{t('answer.gone')}</h1><a class="button" href="#/history">{t('tab.history')}</a></div>
  if (!a) return <div class="stack"><h1 tabIndex={-1}>{t('loading')}</h1></div>
  const photo = ownPath(a.image_url)
  return (
    <article class="stack">
      {photo && <img class="photo" src={photo} alt={t('answer.photo')} />}
      <Verdict disease={a.disease} name={nameOf(advice, a.disease)} confidence={a.confidence === null ? null : a.confidence * 100} />
      <p class="soft small">{[date(a.date, { dateStyle: 'long', timeStyle: 'short' }), t('kind.' + a.disease_type), a.label, a.filename].filter(Boolean).join(' · ')}</p>
      {a.is_verified && <p class="note good">{t('history.verified')}</p>}
      {advice && <AdviceText advice={advice} about={adviceOf(advice, a.disease)} part={a.disease_type} />}
      <Correction id={'record:' + a.id} record={a.id} kind={a.disease_type} disease={a.disease} confidence={(a.confidence ?? 0) * 100} said={null} done={() => {}} />
      <div class="row no-print"><button class="button" onClick={() => print()}><PrintIcon />{t('print')}</button></div>
    </article>
  )
}
