import { html as escaped } from 'ghtml'

/** A piece of markup. The class stays in this file: only {@link html} makes one, so no string can pass for it. */
class Markup {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

export type Html = Markup

/** What a template takes: text, which is always escaped, markup, or nothing. */
export type Piece = string | number | Html | readonly Html[] | false | undefined

/**
 * Markup with every text in it escaped by ghtml. There is no way around the escaping: ghtml's own `!` marker is not
 * offered, and an attribute must be quoted by its author, always with double quotes.
 */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Markup(literals.reduce((text, literal, index) => text + render(pieces[index - 1]) + literal))
}

function render(piece: Piece): string {
  if (piece === undefined || piece === false) return ''
  if (piece instanceof Markup) return piece.toString()
  if (typeof piece === 'object') return piece.map(render).join('')
  return escaped`${piece}`
}
