// The drawings of the diseases: one file, a view of it for each disease and part.
import { names, sheet } from 'virtual:drawings'
import type { Kind } from '../shared/database'
import { t } from '../shared/i18n'
import type { Disease } from './advice'

const nameOf = (disease: string, part: Kind) => `${disease.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${part}`

// partsOf are the parts that a disease is drawn on: the asked one, where it is
// drawn there, else all. A disease that somebody has added has none.
export function partsOf(disease: string, asked?: Kind): Kind[] {
  const all = (['leaf', 'fruit'] as const).filter((part) => names.includes(nameOf(disease, part)))
  return asked && all.includes(asked) ? [asked] : all
}

// Thumb is a disease's drawing beside its name: it says nothing of its own.
export function Thumb({ disease, part }: { disease: string; part?: Kind }) {
  const [shown] = partsOf(disease, part)
  return shown ? <img class="drawing" src={`${sheet}#${nameOf(disease, shown)}`} alt="" width="160" height="160" loading="lazy" /> : <span class="drawing" />
}

// Drawings are those of one disease, with what they show.
export function Drawings({ about, part }: { about: Disease; part?: Kind }) {
  const parts = partsOf(about.disease, part)
  if (parts.length === 0) return null
  return (
    <div class="drawings">
      {parts.map((p) => {
        const text = about.drawings?.find((d) => d.part === p)?.text
        return (
          <figure key={p}>
            <img class="drawing" src={`${sheet}#${nameOf(about.disease, p)}`} alt={t('drawing.of', { name: about.name })} width="160" height="160" />
            <figcaption>{text ?? about.name}</figcaption>
          </figure>
        )
      })}
      <p class="soft small">{t('drawing.credit')}</p>
    </div>
  )
}
