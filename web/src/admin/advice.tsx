import { useState } from 'preact/hooks'
import { ask } from '../shared/api'
import { language, t } from '../shared/i18n'
import { moment } from './format'
import { Fault, Shown, sentence, useLoad } from './load'

interface Statement { text: string; sources: string[] }
interface Section { section: string; statements: Statement[]; edited_at: string | null }
interface Texts { disease: string; name: string; sections: Section[] }
interface Advice {
  language: string
  languages: { code: string; name: string }[]
  sections: { section: string; title: string }[]
  diseases: Texts[]
  sources: { key: string; title: string; publisher: string; address: string }[]
}

export default function AdvicePage() {
  const [code, setCode] = useState(language())
  const [disease, setDisease] = useState('')
  const loaded = useLoad<Advice>(`/api/advice/?language=${code}`)
  return (
    <Shown of={loaded}>{(d) => {
      const texts = d.diseases.find((x) => x.disease === disease) ?? d.diseases[0]!
      const replace = (t2: Texts) => loaded.set({ ...d, diseases: d.diseases.map((x) => (x.disease === t2.disease ? t2 : x)) })
      return (
        <div class="stack">
          <p>{t('a.adviceNote')}</p>
          <div class="row">
            <div class="field"><label for="code">{t('a.language')}</label><select id="code" value={d.language} onChange={(e) => setCode(e.currentTarget.value)}>{d.languages.map((l) => <option key={l.code} value={l.code}>{l.name}</option>)}</select></div>
            <div class="field"><label for="disease">{t('a.disease')}</label><select id="disease" value={texts.disease} onChange={(e) => setDisease(e.currentTarget.value)}>{d.diseases.map((x) => <option key={x.disease} value={x.disease}>{x.name}</option>)}</select></div>
          </div>
          {texts.sections.map((s) => (
            <SectionOf key={d.language + texts.disease + s.section} of={s} title={d.sections.find((x) => x.section === s.section)?.title ?? s.section}
              at={{ language: d.language, disease: texts.disease, section: s.section }} sources={d.sources} changed={replace} lang={d.language} />
          ))}
        </div>
      )
    }}</Shown>
  )
}

function SectionOf({ of, title, at, sources, changed, lang }: { of: Section; title: string; at: { language: string; disease: string; section: string }; sources: Advice['sources']; changed: (t: Texts) => void; lang: string }) {
  const [draft, setDraft] = useState<Statement[] | null>(null)
  const [error, setError] = useState('')
  const send = async (method: 'PUT' | 'DELETE') => {
    try {
      setError('')
      const r = method === 'PUT'
        ? await ask<{ data: Texts }>('/api/admin/advice/', { method, json: { ...at, statements: draft!.filter((s) => s.text.trim()) } })
        : await ask<{ data: Texts }>('/api/admin/advice/?' + new URLSearchParams(at).toString(), { method })
      setDraft(null)
      changed(r.data)
    } catch (e) {
      setError(sentence(e))
    }
  }
  const source = (key: string) => {
    const known = sources.find((s) => s.key === key)
    const address = known ? known.address : key
    const text = known ? `${known.title}, ${known.publisher}` : key
    return /^https?:\/\//.test(address) ? <a href={address} rel="noreferrer noopener" target="_blank">{text}</a> : <span>{text}</span>
  }
  const edit = (i: number, s: Partial<Statement>) => setDraft(draft!.map((d, k) => (k === i ? { ...d, ...s } : d)))
  return (
    <section class="card stack" aria-label={title}>
      <div class="row between">
        <h2 lang={lang}>{title}</h2>
        {of.edited_at && <span class="tag warn">{t('a.editedAt', { at: moment(of.edited_at) })}</span>}
      </div>
      <Fault text={error} />
      {draft === null ? (
        <>
          {of.statements.length === 0 && <p class="soft">{t('a.nothingSaid')}</p>}
          <ul class="statements" lang={lang}>{of.statements.map((s, i) => <li key={i}>{s.text}<ul class="small">{s.sources.map((k) => <li key={k}>{source(k)}</li>)}</ul></li>)}</ul>
          <div class="row">
            <button class="button slim" onClick={() => setDraft(of.statements.length ? of.statements : [{ text: '', sources: [] }])}>{t('a.edit')}<span class="hidden"> {title}</span></button>
            {of.edited_at && <button class="button slim" onClick={() => void send('DELETE')}>{t('a.restore')}<span class="hidden"> {title}</span></button>}
          </div>
        </>
      ) : (
        <form class="stack" onSubmit={(e) => { e.preventDefault(); void send('PUT') }}>
          {draft.map((s, i) => (
            <fieldset key={i} class="statement">
              <legend class="hidden">{t('a.statementN', { n: i + 1 })}</legend>
              <div class="field"><label for={`t${at.section}${i}`}>{t('a.statementN', { n: i + 1 })}</label>
                <textarea id={`t${at.section}${i}`} lang={lang} rows={3} maxLength={600} value={s.text} onInput={(e) => edit(i, { text: e.currentTarget.value.replace(/\s*\n\s*/g, ' ') })} /></div>
              <div class="field"><label for={`s${at.section}${i}`}>{t('a.sources')}</label>
                <input id={`s${at.section}${i}`} list="sources" value={s.sources.join(', ')} onInput={(e) => edit(i, { sources: e.currentTarget.value.split(',').map((x) => x.trim()).filter(Boolean) })} /></div>
              <button type="button" class="button slim" onClick={() => setDraft(draft.filter((_, k) => k !== i))}>{t('a.delete')}<span class="hidden"> {t('a.statementN', { n: i + 1 })}</span></button>
            </fieldset>
          ))}
          <div class="row">
            <button class="button main">{t('a.save')}</button>
            <button type="button" class="button" disabled={draft.length >= 12} onClick={() => setDraft([...draft, { text: '', sources: [] }])}>{t('a.add')}</button>
            <button type="button" class="button" onClick={() => setDraft(null)}>{t('a.cancel')}</button>
          </div>
        </form>
      )}
    </section>
  )
}
