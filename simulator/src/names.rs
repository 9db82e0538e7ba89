//! Invented names of places, teams, players and books. Syllables are our own; whatever sounds like
//! a real name does so by chance.

use std::collections::BTreeSet;

use crate::chance::Chance;

/// Tries to find a name that is not taken, before a numeral tells two bearers apart. The syllables
/// give more than 200,000 player names for at most 900 players, so the bound is never met by chance.
const NAME_TRIES: usize = 200;

const PLACE_STARTS: [&str; 16] = [
    "Bar", "Cal", "Dor", "Eld", "Fen", "Gar", "Hal", "Kel", "Lor", "Mar", "Nor", "Ost", "Quil",
    "Rav", "Sel", "Tor",
];
const PLACE_ENDS: [&str; 14] = [
    "bridge", "bury", "castle", "dale", "field", "ford", "gate", "haven", "mere", "mont", "port",
    "stead", "ville", "wick",
];
const MASCOTS: [&str; 30] = [
    "Anvils",
    "Badgers",
    "Beacons",
    "Cobalts",
    "Comets",
    "Condors",
    "Cranes",
    "Drifters",
    "Embers",
    "Foxes",
    "Gales",
    "Harriers",
    "Herons",
    "Ironclads",
    "Jesters",
    "Lanterns",
    "Lynxes",
    "Mariners",
    "Nomads",
    "Otters",
    "Pilots",
    "Quarrymen",
    "Ravens",
    "Sentinels",
    "Sparrows",
    "Thunderbirds",
    "Tides",
    "Voyagers",
    "Weavers",
    "Wolverines",
];

/// Syllables as they are written, and as `player_lookup` spells them.
type Syllable = (&'static str, &'static str);

const FIRST_STARTS: [Syllable; 22] = [
    ("Ad", "ad"),
    ("Bre", "bre"),
    ("Cal", "cal"),
    ("Da", "da"),
    ("Đor", "dor"),
    ("El", "el"),
    ("Fin", "fin"),
    ("Ga", "ga"),
    ("Hol", "hol"),
    ("Ja", "ja"),
    ("Jo", "jo"),
    ("Ke", "ke"),
    ("Lu", "lu"),
    ("Ma", "ma"),
    ("Ne", "ne"),
    ("Os", "os"),
    ("Ra", "ra"),
    ("Šte", "ste"),
    ("Te", "te"),
    ("Vi", "vi"),
    ("Wil", "wil"),
    ("Ze", "ze"),
];
const FIRST_ENDS: [Syllable; 18] = [
    ("den", "den"),
    ("dric", "dric"),
    ("fan", "fan"),
    ("lan", "lan"),
    ("len", "len"),
    ("lo", "lo"),
    ("mar", "mar"),
    ("mir", "mir"),
    ("nas", "nas"),
    ("né", "ne"),
    ("ric", "ric"),
    ("ron", "ron"),
    ("rell", "rell"),
    ("sen", "sen"),
    ("than", "than"),
    ("von", "von"),
    ("vin", "vin"),
    ("yo", "yo"),
];
const LAST_STARTS: [Syllable; 24] = [
    ("Ash", "ash"),
    ("Bel", "bel"),
    ("Black", "black"),
    ("Cor", "cor"),
    ("Dun", "dun"),
    ("Fair", "fair"),
    ("Gran", "gran"),
    ("Har", "har"),
    ("Hol", "hol"),
    ("Kov", "kov"),
    ("Lind", "lind"),
    ("Mar", "mar"),
    ("Mc", "mc"),
    ("Nor", "nor"),
    ("O'", "o"),
    ("Pem", "pem"),
    ("Red", "red"),
    ("Sør", "sor"),
    ("Stan", "stan"),
    ("Thorn", "thorn"),
    ("Val", "val"),
    ("Wal", "wal"),
    ("Whit", "whit"),
    ("Yar", "yar"),
];
const LAST_ENDS: [Syllable; 24] = [
    ("ač", "ac"),
    ("berg", "berg"),
    ("by", "by"),
    ("combe", "combe"),
    ("don", "don"),
    ("ell", "ell"),
    ("er", "er"),
    ("field", "field"),
    ("gan", "gan"),
    ("ham", "ham"),
    ("ić", "ic"),
    ("ley", "ley"),
    ("low", "low"),
    ("man", "man"),
    ("more", "more"),
    ("ner", "ner"),
    ("quist", "quist"),
    ("ridge", "ridge"),
    ("rick", "rick"),
    ("son", "son"),
    ("ton", "ton"),
    ("vale", "vale"),
    ("well", "well"),
    ("wood", "wood"),
];
const BOOKS: [&str; 20] = [
    "amberline",
    "birchbook",
    "cloverbet",
    "dunlin",
    "eastgate",
    "fairmark",
    "gableodds",
    "harborline",
    "inkwell",
    "juniper",
    "kestrel",
    "lanternbet",
    "millrace",
    "northbook",
    "oakline",
    "pinnock",
    "quarry",
    "redwharf",
    "saltmarsh",
    "tollhouse",
];

/// Codes that real leagues use: an invented team must never be taken for a real one.
const REAL_CODES: [&str; 37] = [
    "ATL", "BOS", "BKN", "BRK", "CHA", "CHI", "CHO", "CLE", "CON", "DAL", "DEN", "DET", "GSW",
    "HOU", "IND", "LAC", "LAL", "LAS", "LVA", "MEM", "MIA", "MIL", "MIN", "NOP", "NYK", "NYL",
    "OKC", "ORL", "PHI", "PHO", "PHX", "POR", "SAC", "SAS", "SEA", "TOR", "UTA",
];

/// A team's code and name.
#[derive(Debug, Clone)]
pub(crate) struct TeamName {
    pub(crate) code: String,
    pub(crate) name: String,
}

/// A player's name and its `player_lookup`.
#[derive(Debug, Clone)]
pub(crate) struct PlayerName {
    pub(crate) name: String,
    pub(crate) slug: String,
    /// The slug without its suffix, as some sources spell it; none without a suffix.
    pub(crate) bare_slug: Option<String>,
}

/// Names for `count` teams, no code twice.
pub(crate) fn team_names(chance: &mut Chance, count: usize) -> Vec<TeamName> {
    let mut places: Vec<String> = PLACE_STARTS
        .iter()
        .flat_map(|start| PLACE_ENDS.iter().map(move |end| format!("{start}{end}")))
        .collect();
    chance.shuffle(&mut places);
    let mut mascots = MASCOTS;
    chance.shuffle(&mut mascots);
    let mut taken: BTreeSet<String> = REAL_CODES.iter().map(|code| (*code).to_owned()).collect();
    let mut names = Vec::with_capacity(count);
    for place in places {
        if names.len() == count {
            break;
        }
        if let Some(code) = code_for(&place, &taken) {
            taken.insert(code.clone());
            let mascot = mascots[names.len() % mascots.len()];
            names.push(TeamName {
                code,
                name: format!("{place} {mascot}"),
            });
        }
    }
    names
}

/// First letter of the place and two later ones in order, the earliest that are free.
fn code_for(place: &str, taken: &BTreeSet<String>) -> Option<String> {
    let letters: Vec<char> = place.to_ascii_uppercase().chars().collect();
    for second in 1..letters.len() {
        for third in second + 1..letters.len() {
            let code: String = [letters[0], letters[second], letters[third]]
                .iter()
                .collect();
            if !taken.contains(&code) {
                return Some(code);
            }
        }
    }
    None
}

/// A name that nobody in `taken` bears; it is taken then.
pub(crate) fn player_name(chance: &mut Chance, taken: &mut BTreeSet<String>) -> PlayerName {
    let (mut written, mut plain) = (String::new(), String::new());
    for _ in 0..NAME_TRIES {
        (written, plain) = spell(chance);
        if taken.insert(plain.clone()) {
            break;
        }
    }
    let suffix = match chance.below(100) {
        0..3 => Some((" Jr.", "jr")),
        3 => Some((" III", "iii")),
        _ => None,
    };
    let Some((written_suffix, plain_suffix)) = suffix else {
        return PlayerName {
            name: written,
            slug: plain,
            bare_slug: None,
        };
    };
    let slug = format!("{plain}{plain_suffix}");
    taken.insert(slug.clone());
    PlayerName {
        name: format!("{written}{written_suffix}"),
        slug,
        bare_slug: Some(plain),
    }
}

fn spell(chance: &mut Chance) -> (String, String) {
    let mut syllable = |list: &[Syllable]| list[chance.below(list.len())];
    let parts = [
        syllable(&FIRST_STARTS),
        syllable(&FIRST_ENDS),
        (" ", ""),
        syllable(&LAST_STARTS),
        syllable(&LAST_ENDS),
    ];
    // After an apostrophe or Mc the next syllable begins like a name of its own.
    let is_capital = matches!(parts[3].0, "O'" | "Mc");
    let mut written = String::new();
    for (index, (part, _)) in parts.iter().enumerate() {
        if is_capital && index == 4 {
            let mut letters = part.chars();
            written.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            written.push_str(letters.as_str());
        } else {
            written.push_str(part);
        }
    }
    (written, parts.iter().map(|(_, plain)| *plain).collect())
}

/// Names of the first `count` books.
pub(crate) fn book_names(count: usize) -> impl Iterator<Item = &'static str> {
    BOOKS.into_iter().take(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;

    #[test]
    fn sixty_teams_and_nine_hundred_players_have_names_of_their_own() {
        let mut chance = Chance::new(3, Stream::League);
        let teams = team_names(&mut chance, 60);
        let codes: BTreeSet<&str> = teams.iter().map(|team| team.code.as_str()).collect();
        assert_eq!(codes.len(), 60);
        assert!(REAL_CODES.iter().all(|code| !codes.contains(code)));
        let mut taken = BTreeSet::new();
        let slugs: BTreeSet<String> = (0..900)
            .map(|_| player_name(&mut chance, &mut taken).slug)
            .collect();
        assert_eq!(slugs.len(), 900);
        let is_plain = |slug: &str| slug.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(slugs.iter().all(|slug| is_plain(slug)));
    }
}
