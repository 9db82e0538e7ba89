//! Books and their lines. A book sees what the world believes, errs as all books do and in its own
//! way, opens on the eve, looks again at its hours and some minutes after news, and posts a row
//! whenever its line moves or its price does clearly.

use sideline_season::{GameLineRow, LineRow, Prop};

use crate::belief::{Beliefs, EVE_OPENS_MINUTE, on_day_us, on_eve_us};
use crate::calendar::{Fixture, moment};
use crate::chance::Chance;
use crate::league::League;
use crate::names::book_names;
use crate::quote::{Quote, Style};
use crate::truth::mean_and_sd;

/// A prop with lines.
#[derive(Debug, Clone, Copy)]
struct Offered {
    prop: Prop,
    /// Smallest expectation a line is posted for.
    mean_min: f64,
    /// How many books post it.
    books: usize,
    /// Errors relative to the market's: thin markets err, and move, more.
    thinness: f64,
}

const fn offered(prop: Prop, mean_min: f64, books: usize, thinness: f64) -> Offered {
    Offered {
        prop,
        mean_min,
        books,
        thinness,
    }
}

const OFFERED: [Offered; 7] = [
    offered(Prop::Points, 6.5, 2, 0.65),
    offered(Prop::Rebounds, 3.0, 1, 0.4),
    offered(Prop::Assists, 2.0, 1, 0.4),
    offered(Prop::Threes, 0.9, 1, 1.8),
    offered(Prop::PointsReboundsAssists, 12.0, 1, 1.15),
    offered(Prop::Steals, 1.4, 1, 1.8),
    offered(Prop::Blocks, 1.2, 1, 1.8),
];

/// Expected minutes from which a player has lines: about nine a team.
const MINUTES_WITH_LINES: f64 = 14.0;

/// Stages of the market's common error, from the eve to the last hour.
const STAGES: usize = 5;

/// The market's common relative error when lines open, how much of it each stage keeps, and what
/// each adds. Lines move twice to three times as far as a real season's, so that a slate on which
/// nobody is ruled out still has its 20 moves: over 60 seeds the stillest day had 35.
const OPENING_ERROR_SD: f64 = 0.06;
const ERROR_KEPT: f64 = 0.9;
const STAGE_ERROR_SD: f64 = 0.036;

/// Last minutes before tip-off in which no book moves.
const QUIET_MINUTES: i64 = 2;

const MINUTE_US: i64 = 60_000_000;

/// A book.
#[derive(Debug)]
struct Book {
    name: &'static str,
    style: Style,
    opens_minute: i64,
    /// Minutes of the game's day at which it looks again.
    looks: Vec<i64>,
    /// Minutes it takes to act on news.
    lag_minutes: i64,
    /// Its own error of spreads and totals, in points.
    game_line_lean: f64,
}

/// A book's readiness to post a prop of a player.
#[derive(Debug, Clone, Copy)]
struct Offer {
    book: usize,
    /// Relative error of its own about this player and prop.
    opinion: f64,
    is_whole: bool,
}

/// All books, and who posts what of whom.
#[derive(Debug)]
pub(crate) struct Market {
    books: Vec<Book>,
    /// Offers per player and place in [`OFFERED`].
    offers: Vec<Vec<Vec<Offer>>>,
}

/// A game as the books see it.
pub(crate) struct Board<'game> {
    pub(crate) league: &'game League,
    pub(crate) fixture: &'game Fixture,
    pub(crate) beliefs: &'game Beliefs,
}

impl Market {
    pub(crate) fn open(chance: &mut Chance, league: &League, count: usize) -> Self {
        let books: Vec<Book> = book_names(count)
            .map(|name| open_book(chance, name))
            .collect();
        let offers = league
            .players
            .iter()
            .map(|_| {
                OFFERED
                    .iter()
                    .map(|offered| draw_offers(chance, &books, offered.books))
                    .collect()
            })
            .collect();
        Self { books, offers }
    }

    /// Player lines of a game.
    pub(crate) fn post_lines(&self, chance: &mut Chance, board: &Board<'_>) -> Vec<LineRow> {
        let mut rows = Vec::new();
        for side in 0..2 {
            for player in League::roster(board.fixture.sides[side].team) {
                let common = draw_errors(chance);
                for (place, offered) in OFFERED.into_iter().enumerate() {
                    let own = draw_errors(chance);
                    for offer in &self.offers[player][place] {
                        let post = Post {
                            board,
                            side,
                            player,
                            offered,
                        };
                        self.post(&post, *offer, [&common, &own], &mut rows);
                    }
                }
            }
        }
        rows
    }

    fn post(
        &self,
        post: &Post<'_>,
        offer: Offer,
        errors: [&[f64; STAGES]; 2],
        rows: &mut Vec<LineRow>,
    ) {
        let book = &self.books[offer.book];
        let mut last: Option<Quote> = None;
        for at_us in looks_of(book, post.board, post.board.beliefs.news[post.side].iter()) {
            let Some((mean, sd)) = post.believed(at_us, last.is_some()) else {
                continue;
            };
            let stage = stage_of(post.board.fixture, at_us);
            // Half of what the market gets wrong about a prop it gets wrong about the player.
            let error = 0.71 * (errors[0][stage] + errors[1][stage]);
            let error = error * post.offered.thinness + offer.opinion;
            let quote = book
                .style
                .quote(mean * error.exp(), sd, (offer.is_whole, last));
            if last.is_none_or(|last| quote.is_news_after(&last)) {
                rows.push(post.row(book, quote, at_us));
                last = Some(quote);
            }
        }
    }

    /// Spreads and totals of a game.
    pub(crate) fn post_game_lines(&self, board: &Board<'_>) -> Vec<GameLineRow> {
        let half = |value: f64| (value * 2.0).round() / 2.0;
        let mut rows = Vec::new();
        for book in &self.books {
            let mut last = None;
            for at_us in looks_of(book, board, board.beliefs.news.iter().flatten()) {
                let [home, away] = [0, 1].map(|side| board.beliefs.at(at_us, side).totals.points);
                let spread_home = Some(half(away - home + book.game_line_lean));
                let total = Some(half(home + away - 2.0 * book.game_line_lean));
                if last != Some((spread_home, total)) {
                    last = Some((spread_home, total));
                    let game_id = board.fixture.game_id.clone();
                    let (book, as_of_utc) = (book.name.to_owned(), moment(at_us));
                    rows.push(GameLineRow {
                        game_id,
                        book,
                        spread_home,
                        total,
                        as_of_utc,
                    });
                }
            }
        }
        rows
    }
}

fn open_book(chance: &mut Chance, name: &'static str) -> Book {
    let mut looks = vec![
        chance.between(9 * 60 + 30, 11 * 60),
        chance.between(13 * 60, 14 * 60),
    ];
    looks.push(chance.between(16 * 60 + 15, 17 * 60 + 30));
    // One book in three has no one at the desk at noon.
    if chance.happens(0.33) {
        looks.remove(1);
    }
    Book {
        name,
        style: Style {
            lean: chance.around(0.0, 0.012),
            margin: 0.04 + 0.04 * chance.unit(),
        },
        opens_minute: EVE_OPENS_MINUTE + chance.between(0, 5 * 60),
        looks,
        lag_minutes: chance.between(2, 22),
        game_line_lean: chance.around(0.0, 0.6),
    }
}

/// The books that post a prop of a player: always the same ones, as desks have their habits.
fn draw_offers(chance: &mut Chance, books: &[Book], posting: usize) -> Vec<Offer> {
    let mut order: Vec<usize> = (0..books.len()).collect();
    chance.shuffle(&mut order);
    order.truncate(posting);
    let offer = |book| Offer {
        book,
        opinion: chance.around(0.0, 0.015),
        is_whole: chance.happens(0.05),
    };
    order.into_iter().map(offer).collect()
}

fn draw_errors(chance: &mut Chance) -> [f64; STAGES] {
    let mut error = chance.around(0.0, OPENING_ERROR_SD);
    let mut errors = [error; STAGES];
    for later in &mut errors[1..] {
        error = ERROR_KEPT * error + chance.around(0.0, STAGE_ERROR_SD);
        *later = error;
    }
    errors
}

/// Which stage of the common error holds at a moment.
fn stage_of(fixture: &Fixture, at_us: i64) -> usize {
    let starts = [
        on_day_us(fixture, 9 * 60),
        on_day_us(fixture, 12 * 60),
        on_day_us(fixture, 15 * 60),
        on_day_us(fixture, 16 * 60 + 10),
    ];
    starts.iter().filter(|start| at_us >= **start).count()
}

/// Moments at which a book looks at a game: when it opens, at its hours, and after news.
fn looks_of<'news>(
    book: &Book,
    board: &Board<'_>,
    news: impl Iterator<Item = &'news i64>,
) -> Vec<i64> {
    let fixture = board.fixture;
    let opens_us = on_eve_us(fixture, book.opens_minute);
    let last_us = fixture.tip_off_us() - QUIET_MINUTES * MINUTE_US;
    let mut looks = vec![opens_us];
    looks.extend(book.looks.iter().map(|minute| on_day_us(fixture, *minute)));
    looks.extend(news.map(|at_us| at_us + book.lag_minutes * MINUTE_US));
    looks.retain(|at_us| (opens_us..=last_us).contains(at_us));
    looks.sort_unstable();
    looks.dedup();
    looks
}

/// A prop of a player in a game.
struct Post<'game> {
    board: &'game Board<'game>,
    side: usize,
    player: usize,
    offered: Offered,
}

impl Post<'_> {
    /// Mean and spread as believed at a moment; none when no line is posted on it: the player is
    /// out, or his part is too small and he has no line yet.
    fn believed(&self, at_us: i64, has_line: bool) -> Option<(f64, f64)> {
        let expected = self.board.beliefs.at(at_us, self.side).of(self.player)?;
        let (mean, sd) = mean_and_sd(self.offered.prop, expected);
        let is_worth_a_line =
            expected.minutes >= MINUTES_WITH_LINES && mean >= self.offered.mean_min;
        (has_line || is_worth_a_line).then_some((mean, sd))
    }

    fn row(&self, book: &Book, quote: Quote, at_us: i64) -> LineRow {
        let player = &self.board.league.players[self.player];
        let (over_price, under_price) = quote.prices();
        LineRow {
            game_id: self.board.fixture.game_id.clone(),
            player_id: player.id,
            slug: player.name.slug.clone(),
            prop: self.offered.prop,
            book: book.name.to_owned(),
            line: quote.line,
            over_price: Some(over_price),
            under_price: Some(under_price),
            as_of_utc: moment(at_us),
            as_of_known: true,
        }
    }
}
