// The photo of an answer, or the photos of a tree one at a time, and what the
// model looked at.
import { useState } from 'preact/hooks'
import type { Answer, Shot } from '../shared/database'
import { percent, t } from '../shared/i18n'
import { HeatIcon } from './icons'
import { Picture, useBlob } from './Picture'

// Photos shows the first one until another is chosen; name is a photo's own
// verdict.
export function Photos({ of: a, name }: { of: Answer; name: (s: Shot) => string }) {
  const [at, show] = useState(0)
  const [showHeat, setHeat] = useState(false)
  const shot = a.shots?.[at]
  const photo = useBlob(shot?.photo ?? a.photo)
  const heat = useBlob(shot ? shot.heat : a.heat)
  const own = (s: Shot) => (s.disease ? name(s) + (s.counted ? ' · ' + percent(s.confidence / 100) : '') : t('tree.unread'))
  return (
    <>
      <figure class="photo-frame">
        {photo && <img class="photo" src={showHeat && heat ? heat : photo} alt={t(showHeat && heat ? 'answer.heat.alt' : 'answer.photo')} />}
        {heat && <button class="button small over" aria-pressed={showHeat} onClick={() => setHeat(!showHeat)}><HeatIcon />{t('answer.heat')}</button>}
      </figure>
      {a.shots && (
        <div class="shots" role="group" aria-label={t('tree.photos')}>
          {a.shots.map((s, i) => (
            <button key={i} aria-pressed={i === at} onClick={() => show(i)}>
              <Picture of={s.photo} alt="" />
              <span class="small"><span class="hidden">{t('tree.photo', { n: i + 1 })}: </span>{own(s)}</span>
            </button>
          ))}
        </div>
      )}
    </>
  )
}
