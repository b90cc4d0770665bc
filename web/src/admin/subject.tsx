import { useEffect, useState } from 'preact/hooks'
import { t } from '../shared/i18n'
import { moment, share } from './format'
import type { Row } from './records'

interface Props {
  row: Row
  heat: boolean
  showHeat: (on: boolean) => void
  choices: string[]
  all: string[]
  picked: boolean
  pick: () => void
  verify: (disease?: string) => void
  remove: () => void
  previous?: () => void
  next?: () => void
}

// Subject is the photo under review, beside what the model looked at.
export function Subject({ row, heat, showHeat, choices, all, picked, pick, verify, remove, previous, next }: Props) {
  return (
    <section class="subject card" aria-label={`${t('a.record')} ${row.id}`}>
      <div class={heat ? 'pictures two' : 'pictures'}>
        <Picture key={'p' + row.id} of={row} what="photo" text={t('a.photoOf', { disease: row.disease })} />
        {heat && <Picture key={'h' + row.id} of={row} what="heatmap" text={t('a.heatOf')} />}
      </div>
      <div class="stack facts">
        <h2>
          {row.disease} {row.is_verified && <span class="tag good">{t('a.verified')}</span>}
          {row.confirmed_correct === false && <span class="tag bad">{t('a.saidWrong')}</span>}
        </h2>
        <div class="row">
          <button class="button main" onClick={() => verify()}>{t('a.confirm')} <kbd>c</kbd></button>
          <button class="button" aria-pressed={heat} onClick={() => showHeat(!heat)}>{t('a.heat')} <kbd>h</kbd></button>
          <button class="button" aria-pressed={picked} onClick={pick}>{t('a.pick')} <kbd>x</kbd></button>
          <button class="button danger" onClick={remove}>{t('a.delete')} <kbd>d</kbd></button>
        </div>
        <fieldset>
          <legend>{t('a.correctTo')}</legend>
          <div class="row choices">
            {choices.map((c, i) => <button key={c} class="button slim" onClick={() => verify(c)}><kbd>{i + 1}</kbd> {c}</button>)}
            <label class="row"><span class="hidden">{t('a.otherClass')}</span>
              <select value="" onChange={(e) => { const to = e.currentTarget.value; e.currentTarget.value = ''; if (to) verify(to) }}>
                <option value="">{t('a.otherClass')}</option>
                {all.filter((c) => !choices.includes(c)).map((c) => <option key={c}>{c}</option>)}
              </select>
            </label>
          </div>
        </fieldset>
        <div class="row">
          <button class="button slim" disabled={!previous} onClick={previous}>{t('a.previous')} <kbd>←</kbd></button>
          <button class="button slim" disabled={!next} onClick={next}>{t('a.next')} <kbd>→</kbd></button>
        </div>
        <dl class="pairs">
          <div><dt>{t('a.predicted')}</dt><dd>{row.predicted ?? '–'}{row.confidence !== null && `, ${share(row.confidence)}`}</dd></div>
          <div><dt>{t('a.ranking')}</dt><dd>{row.top.map((c) => `${c.disease} ${share(c.probability)}`).join(', ') || '–'}</dd></div>
          <div><dt>{t('a.part')}</dt><dd>{t('a.' + row.disease_type)}</dd></div>
          <div><dt>{t('a.when')}</dt><dd>{moment(row.uploaded_at)}</dd></div>
          <div><dt>{t('a.model')}</dt><dd>{row.model || '–'}</dd></div>
          <div><dt>{t('a.file')}</dt><dd>{row.file_name || '–'} ({row.width} × {row.height})</dd></div>
          {row.feedback && <div><dt>{t('a.growerSays')}</dt><dd>{row.feedback}</dd></div>}
          {row.notes && <div><dt>{t('a.notes')}</dt><dd>{row.notes}</dd></div>}
        </dl>
      </div>
    </section>
  )
}

// Picture is asked for by fetch, so that its refusal has a sentence.
function Picture({ of, what, text }: { of: Row; what: 'photo' | 'heatmap'; text: string }) {
  const [src, setSrc] = useState('')
  const [error, setError] = useState('')
  useEffect(() => {
    if (!of.has_photo) return setError(t('a.noPhoto'))
    const ended = new AbortController()
    let url = ''
    // Whoever passes by quickly does not have each photo diagnosed again.
    const timer = setTimeout(() => fetch(`/api/admin/review/${of.id}/${what}/`, { headers: { 'X-Mango-Page': '1' }, credentials: 'same-origin', signal: ended.signal })
      .then(async (r) => {
        if (!r.ok) throw new Error(((await r.json()) as { message?: string }).message ?? r.statusText)
        setSrc((url = URL.createObjectURL(await r.blob())))
      })
      .catch((e: Error) => !ended.signal.aborted && setError(e.message)), what === 'heatmap' ? 250 : 0)
    return () => {
      clearTimeout(timer)
      ended.abort()
      if (url) URL.revokeObjectURL(url)
    }
  }, [of.id, what])
  return (
    <figure>
      {error ? <p class="note">{error}</p> : src ? <img src={src} alt={text} /> : <p role="status" class="waiting soft">{t('a.loading')}</p>}
      <figcaption class="small soft">{what === 'photo' ? t('a.photo') : t('a.heat')}</figcaption>
    </figure>
  )
}
