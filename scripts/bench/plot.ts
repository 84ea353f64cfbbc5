/** A line of a plot; both axes are logarithmic. */
export type Line = { name: string; points: [x: number, y: number][]; dashed?: true }

const [WIDTH, HEIGHT] = [640, 400]
const MARGIN = { left: 64, right: 150, top: 40, bottom: 48 }
const COLOURS = ['#1f5fa8', '#c2571a', '#3a7d44', '#7a4b9a']

/** Lines over logarithmic axes as an SVG document: what grows in proportion is straight, with a slope of one. */
export function plot(title: string, axes: { x: string; y: string }, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points)
  const x = scale(
    points.map(([value]) => value),
    MARGIN.left,
    WIDTH - MARGIN.right,
  )
  const y = scale(
    points.map(([, value]) => value),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  )
  const numbers = [...new Set(points.map(([value]) => value))]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(MARGIN.left, 20, title, 'start', 'bold'),
    ...numbers.map((value) => text(x(value), HEIGHT - MARGIN.bottom + 18, String(value), 'middle')),
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 8, axes.x, 'middle'),
    ...decades(points.map(([, value]) => value)).flatMap((value) => [
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>`,
      text(MARGIN.left - 8, y(value) + 4, String(value), 'end'),
    ]),
    text(8, 36, axes.y, 'start'),
    ...lines.flatMap((line, index) => drawn(line, COLOURS[index % COLOURS.length] ?? '#000', x, y)),
    '</svg>\n',
  ].join('\n')
}

type Scale = (value: number) => number

function drawn({ name, points, dashed }: Line, colour: string, x: Scale, y: Scale): string[] {
  const at = points.map(([a, b]): [number, number] => [x(a), y(b)])
  const [endX = 0, endY = 0] = at.at(-1) ?? []
  const path = at.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(' ')
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="5 4"' : ''}/>`,
    ...at.map(([a, b]) => `<circle cx="${a.toFixed(1)}" cy="${b.toFixed(1)}" r="3" fill="${colour}"/>`),
    text(endX + 8, endY + 4, name, 'start', 'normal', colour),
  ]
}

/** From the values' decades to pixels. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.log10(Math.min(...values))
  const high = Math.log10(Math.max(...values))
  return (value) => Math.round(from + ((Math.log10(value) - low) / (high - low || 1)) * (to - from))
}

/** 1, 2 and 5 of each decade within the values. */
function decades(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const first = Math.floor(Math.log10(low))
  const last = Math.ceil(Math.log10(high))
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index))
    .flatMap((decade) => [1, 2, 5].map((factor) => Number((factor * decade).toPrecision(1))))
    .filter((value) => value >= low && value <= high)
}

function text(x: number, y: number, words: string, anchor: string, weight = 'normal', colour = '#222'): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-weight="${weight}" fill="${colour}">${escaped}</text>`
}
