// Names of people who do not exist: given names from a list, family names from a list and from
// two halves. The halves give enough different names that twins are rare, as in a real hospital.
import type { Random } from './random.ts'

const given = words(`
  Abena Ada Adel Agnes Aiko Alba Alma Amara Anders Anouk Anselm Arlo Asha Astrid Ayla Bao Beatrix
  Benedikt Birgit Bram Callum Carys Cato Chidi Clara Corin Daria Davit Delphine Devika Dion Dorian
  Edda Eira Elif Elio Emeka Enzo Esme Esra Fabian Farah Fenna Fiona Flora Freya Gareth Gemma Gideon
  Greta Hana Hari Hedda Henrik Hugo Ida Ilias Imani Ines Ingrid Iris Isak Ivo Jana Jarek Jasper
  Joana Jonas Juno Kaito Kamala Karim Katya Keir Kenji Kira Kofi Lars Laszlo Leila Lena Leona Linh
  Liv Lorenzo Lucia Ludo Maeve Malik Mara Marek Maren Mateo Maya Mei Milan Mina Mirela Nadia Naomi
  Neve Nils Noor Odette Olga Omar Oona Orla Oskar Paloma Pavel Petra Pia Priya Quentin Rafael Ragna
  Rania Ravi Renske Rhys Rosa Ruben Sade Samira Sanne Selma Senna Shirin Signe Silas Simone Stellan
  Sunniva Suri Tariq Tessa Theo Tilda Tomas Tove Uma Valentin Vera Vidar Wanda Willem Xenia Yara
  Yusuf Zahra Zelda Zoran`)

const family = words(`
  Abara Achterberg Adeyemi Ahlgren Almasi Amadi Anand Balogh Banerjee Barros Bekele Bellamy Bergqvist
  Castellan Chakrabarti Chowdhary Corrigan Dacosta Danjuma Delacroix Demir Dimitrov Doyle Eikeland
  Ekwueme Engstrom Fairweather Farouk Fernsby Ferreira Gallagher Gebre Ghorbani Goldwater Haddad
  Halvorsen Hashimoto Hollander Ibekwe Ilic Ishikawa Iyer Janssens Jimoh Kapoor Karimi Kaskinen
  Kerrigan Kovac Kowalczyk Lindqvist Lovell Mahmood Mancini Mbeki Mehrotra Moriarty Mwangi Nakagawa
  Nascimento Nieuwenhuis Novak Obi Odhiambo Okafor Okoye Olsen Osei Pahlavi Papadakis Pereira
  Petrosyan Quist Rahimi Rasmussen Romanov Saarinen Sandoval Sato Sengupta Shevchenko Sokolov
  Strand Takahashi Tamboura Tran Ueda Vandermeer Varga Villanueva Wachira Watanabe Yilmaz Zielinski`)

const halves = {
  first: words(
    'Alder Ash Beck Birch Brook Cliff Cold Crow Dun East Elm Fair Fern Glen Gold Haw Heath Holm Kirk Lark Lin Marl Mill Moor North Oak Pen Quarry Raven Rook Sedge Stan Stone Thorn Under Wether Whit Wil Winter Wood',
  ),
  second: words(
    'bank beck borough bourne bridge by combe croft dale den field ford gate ham hurst land ley low mere moor ridge shaw side stead stock thorpe ton wald water well wick worth',
  ),
}

export interface PersonName {
  readonly given: string
  readonly family: string
}

/** A name, not necessarily a new one. */
export function inventName(random: Random): PersonName {
  return {
    given: random.pick(given),
    family: random.chance(0.45)
      ? random.pick(family)
      : random.pick(halves.first) + random.pick(halves.second),
  }
}

/** The id a name gets: `ada.okoye`, then `ada.okoye2` for the next of that name. */
export function idFor(
  { given, family }: PersonName,
  taken: { has(id: string): boolean; add(id: string): unknown },
): string {
  const base = `${given}.${family}`.toLowerCase()
  for (let count = 1; ; count++) {
    const id = count === 1 ? base : `${base}${count}`
    if (taken.has(id)) continue
    taken.add(id)
    return id
  }
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
