//! The one normaliser of player names. What two spellings of one player are turned into must be
//! equal, wherever they come from, so no other code may fold a name.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters that do not decompose into a base letter and marks. Dropping them would turn Đorđe into
/// ore.
const UNDECOMPOSED: &[(char, &str)] = &[
    ('đ', "d"),
    ('ð', "d"),
    ('ø', "o"),
    ('ł', "l"),
    ('ß', "ss"),
    ('ı', "i"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('þ', "th"),
    ('ħ', "h"),
    ('ŋ', "n"),
    ('ŧ', "t"),
];

/// Suffixes spelt out, at the end of a name only: Junior Harrington keeps his first name.
const SUFFIXES: &[(&str, &str)] = &[(" junior", " jr"), (" senior", " sr")];

/// The player_lookup of a name: lower-case ASCII letters and digits, first name first, suffix
/// kept. Empty when the name has no letter or digit that can be told.
///
/// ```
/// use sideline_processors::names::player_lookup;
/// assert_eq!(player_lookup("Jaren Jackson Jr."), "jarenjacksonjr");
/// assert_eq!(player_lookup("Dāvis Bertāns"), "davisbertans");
/// ```
#[must_use]
pub fn player_lookup(name: &str) -> String {
    if is_lookup(name) {
        return name.to_owned();
    }
    let lower: String = name.nfkd().collect::<String>().to_lowercase();
    let folded: String = lower
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .collect();
    let mut trimmed = folded.trim().to_owned();
    for (long, short) in SUFFIXES {
        if let Some(stem) = trimmed.strip_suffix(long) {
            trimmed = format!("{stem}{short}");
        }
    }
    trimmed
        .chars()
        .flat_map(|letter| ascii_of(letter).chars().collect::<Vec<_>>())
        .collect()
}

/// True for what is a player_lookup already.
#[must_use]
pub fn is_lookup(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    !name.is_empty() && name.chars().all(is_plain)
}

fn ascii_of(letter: char) -> String {
    if letter.is_ascii_alphanumeric() {
        return letter.to_ascii_lowercase().to_string();
    }
    for (special, plain) in UNDECOMPOSED {
        if *special == letter {
            return (*plain).to_owned();
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_the_league_are_folded_as_everywhere() {
        let golden = [
            ("LeBron James", "lebronjames"),
            ("Jaren Jackson Jr.", "jarenjacksonjr"),
            ("Jaren Jackson Junior", "jarenjacksonjr"),
            ("JAREN JACKSON JR", "jarenjacksonjr"),
            ("Gary Payton II", "garypaytonii"),
            ("Karl-Anthony Towns", "karlanthonytowns"),
            ("T.J. McConnell", "tjmcconnell"),
            ("Dāvis Bertāns", "davisbertans"),
            ("Nikola Jokić", "nikolajokic"),
            ("Nikola Jokic\u{301}", "nikolajokic"),
            ("Luka Dončić", "lukadoncic"),
            ("Đorđe Petrović", "dordepetrovic"),
            ("Kristaps Porziņģis", "kristapsporzingis"),
            ("Alperen Şengün", "alperensengun"),
            ("Ersan İlyasova", "ersanilyasova"),
            ("Furkan Korkmaz ı", "furkankorkmazi"),
            ("Rasmus Bjørn", "rasmusbjorn"),
            ("Łukasz Weiß", "lukaszweiss"),
            ("Trey Murphy III", "treymurphyiii"),
            ("Ivica Zubac", "ivicazubac"),
            ("Jaden Ivey", "jadenivey"),
            ("Junior Harrington", "juniorharrington"),
            ("De'Aaron Fox", "deaaronfox"),
            ("De\u{2019}Aaron Fox", "deaaronfox"),
            ("  Bub   Carrington ", "bubcarrington"),
            ("Ｎｉｋｏｌａ", "nikola"),
            ("", ""),
            ("张", ""),
        ];
        for (name, lookup) in golden {
            assert_eq!(player_lookup(name), lookup, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_lookup_is_its_own_lookup(name in "\\PC{0,40}") {
            let lookup = player_lookup(&name);
            prop_assert_eq!(&player_lookup(&lookup), &lookup);
            prop_assert!(lookup.is_empty() || is_lookup(&lookup));
        }

        #[test]
        fn case_spaces_and_dots_do_not_matter(name in "[a-zA-Z]{1,10}[ .'-]{1,2}[a-zA-Z]{1,10}") {
            let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            prop_assume!(!name.to_lowercase().contains("junior"));
            prop_assume!(!name.to_lowercase().contains("senior"));
            prop_assert_eq!(player_lookup(&name), bare.to_lowercase());
            prop_assert_eq!(player_lookup(&name.to_uppercase()), bare.to_lowercase());
        }
    }
}
