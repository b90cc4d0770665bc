// What the advisers say of each disease, to read at any time.
import type { Kind } from '../shared/database'
import { t } from '../shared/i18n'
import { Drawings, Thumb } from './Drawing'
import { adviceOf, nameOf, useAdvice, type Advice, type Disease, type Statement } from './advice'

const noDisease = ['Unknown', 'Not a mango']

export function Diseases() {
  const advice = useAdvice()
  return (
    <div class="stack">
      <h1 tabIndex={-1}>{t('diseases.title')}</h1>
      {!advice && <p role="status" class="soft">{t('diseases.none')}</p>}
      <ul class="rows card">
        {advice?.diseases.filter((d) => !noDisease.includes(d.disease)).map((d) => (
          <li key={d.disease} class="item"><a href={'#/disease/' + encodeURIComponent(d.disease)}><Thumb disease={d.disease} /><span><b>{d.name}</b><span class="soft small">{d.sections[0]?.statements[0]?.text}</span></span></a></li>
        ))}
      </ul>
    </div>
  )
}

export function DiseasePage({ disease }: { disease: string }) {
  const advice = useAdvice()
  const about = adviceOf(advice, disease)
  return (
    <div class="stack">
      <h1 tabIndex={-1}>{nameOf(advice, disease)}</h1>
      {about && <Drawings about={about} />}
      {advice ? <AdviceText advice={advice} about={about} all /> : <p role="status" class="soft">{t('diseases.none')}</p>}
    </div>
  )
}

interface AdviceProps {
  advice: Advice
  about: Disease | undefined
  part?: Kind // what the photo shows; its drawings are shown
  all?: boolean
}

const opened = ['what', 'tell_apart', 'first']

// AdviceText is a disease's sections; what it is, what it looks like and what to
// do first are open, the rest a tap away.
export function AdviceText({ advice, about, part, all = false }: AdviceProps) {
  if (!about) return null
  const used = new Set<string>()
  const sections = about.sections.filter((s) => s.statements.length > 0)
  sections.forEach((s) => s.statements.forEach((x) => x.sources.forEach((k) => used.add(k))))
  return (
    <div class="advice">
      {sections.map((s) => (
        <details key={s.section} open={all || opened.includes(s.section)}>
          <summary><h2>{advice.sections.find((x) => x.section === s.section)?.title ?? s.section}</h2></summary>
          {s.section === 'tell_apart' ? <TellApart advice={advice} about={about} part={part} drawn={all} statements={s.statements} /> : <ul>{s.statements.map((x) => <li key={x.text}>{x.text}</li>)}</ul>}
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

interface TellApartProps {
  advice: Advice
  about: Disease
  part?: Kind
  drawn: boolean // its own drawing is there already
  statements: Statement[]
}

// TellApart shows the disease, what is said of it, and each look-alike that a
// statement begins with, beside its drawing.
function TellApart({ advice, about, part, drawn, statements }: TellApartProps) {
  const rows = statements.map((s) => ({ s, other: advice.diseases.find((d) => d !== about && s.text.startsWith(d.disease + ':')) }))
  return (
    <>
      {!drawn && <Drawings about={about} part={part} />}
      <ul>{rows.filter((r) => !r.other).map(({ s }) => <li key={s.text}>{s.text}</li>)}</ul>
      <ul class="alikes">
        {rows.map(({ s, other }) => other && (
          <li key={s.text}>
            <Thumb disease={other.disease} part={part} />
            <p><a href={'#/disease/' + encodeURIComponent(other.disease)}>{other.name}</a>{s.text.slice(other.disease.length)}</p>
          </li>
        ))}
      </ul>
    </>
  )
}
