// What the advisers say of each disease, to read at any time.
import { t } from '../shared/i18n'
import { adviceOf, nameOf, useAdvice, type Advice, type Disease } from './advice'

const noDisease = ['Unknown', 'Not a mango']

export function Diseases() {
  const advice = useAdvice()
  return (
    <div class="stack">
      <h1 tabIndex={-1}>{t('diseases.title')}</h1>
      {!advice && <p role="status" class="soft">{t('diseases.none')}</p>}
      <ul class="rows card">
        {advice?.diseases.filter((d) => !noDisease.includes(d.disease)).map((d) => (
          <li key={d.disease} class="item"><a href={'#/disease/' + encodeURIComponent(d.disease)}><span><b>{d.name}</b><span class="soft small">{d.sections[0]?.statements[0]?.text}</span></span></a></li>
        ))}
      </ul>
    </div>
  )
}

export function DiseasePage({ disease }: { disease: string }) {
  const advice = useAdvice()
  return (
    <div class="stack">
      <h1 tabIndex={-1}>{nameOf(advice, disease)}</h1>
      {advice ? <AdviceText advice={advice} about={adviceOf(advice, disease)} all /> : <p role="status" class="soft">{t('diseases.none')}</p>}
    </div>
  )
}

// AdviceText is a disease's sections; what to do first is open, the rest a tap
// away.
export function AdviceText({ advice, about, all = false }: { advice: Advice; about: Disease | undefined; all?: boolean }) {
  if (!about) return null
  const used = new Set<string>()
  const sections = about.sections.filter((s) => s.statements.length > 0)
  sections.forEach((s) => s.statements.forEach((x) => x.sources.forEach((k) => used.add(k))))
  return (
    <div class="advice">
      {sections.map((s) => (
        <details key={s.section} open={all || s.section === 'what' || s.section === 'first'}>
          <summary><h2>{advice.sections.find((x) => x.section === s.section)?.title ?? s.section}</h2></summary>
          <ul>{s.statements.map((x) => <li key={x.text}>{x.text}</li>)}</ul>
        </details>
      ))}
      <details>
        <summary><h2>{t('advice.sources')}</h2></summary>
        <ul class="small">
          {advice.sources.filter((s) => used.has(s.key)).map((s) => (
            <li key={s.key}>{s.address && /^https?:/.test(s.address) ? <a href={s.address} target="_blank" rel="noreferrer noopener">{s.title}</a> : s.title} – {s.publisher}</li>
          ))}
        </ul>
      </details>
      <p class="note small">{advice.note.text}</p>
    </div>
  )
}
