//! Blackjack as a drawing.

use super::game::ACTIONS;
use crate::Ending;
use crate::render::{Anchor, CARD, Drawing, GREY, INK, MUTED, Render, Scene, draw_learned, return_so_far};

const MARGIN: f64 = 24.0;
const TABLE: [f64; 2] = [360.0, 300.0];
/// Width of the numbers beside the table.
const BESIDE: f64 = 220.0;
const CARD_SIZE: [f64; 2] = [52.0, 74.0];
/// From one card to the next.
const PITCH: f64 = 60.0;

/// Draws the dealer's open card, and the player's: the first two by what they are worth together, the others one by one.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlackjackRenderer;

/// What an observation is worth with each ace as 1. The difference of two is the card that was drawn between them.
fn hard(observation: &[f32]) -> f32 {
    match observation {
        [sum, _, usable_ace] => sum - 10.0 * usable_ace,
        _ => 0.0,
    }
}

fn name(card: f32) -> String {
    if card == 1.0 { "A".to_owned() } else { format!("{card:.0}") }
}

/// Cards in a row from the point `at`, moved together where the row is too narrow for them.
fn draw_cards(drawing: &mut Drawing, [x, y]: [f64; 2], cards: &[String]) {
    let [width, height] = CARD_SIZE;
    let room = TABLE[0] - 2.0 * MARGIN - width;
    let pitch = PITCH.min(room / (cards.len().max(2) - 1) as f64);
    for (index, card) in cards.iter().enumerate() {
        let x = x + pitch * index as f64;
        drawing.rectangle([x - 1.5, y - 1.5, width + 3.0, height + 3.0], 7.0, GREY);
        let (paper, ink) = if card.is_empty() { (MUTED, MUTED) } else { ("#ffffff", INK) };
        drawing.rectangle([x, y, width, height], 6.0, paper);
        drawing.bold([x + 0.5 * width, y + 0.5 * height], 20.0, Anchor::Middle, ink, card);
    }
}

impl Render for BlackjackRenderer {
    fn size(&self) -> (u32, u32) {
        ((TABLE[0] + BESIDE + 3.0 * MARGIN) as u32, (TABLE[1] + 2.0 * MARGIN) as u32)
    }

    fn seconds_per_step(&self) -> f64 {
        0.8
    }

    /// The table.
    fn stage(&self) -> [f64; 4] {
        [MARGIN, MARGIN, TABLE[0], TABLE[1]]
    }

    fn draw(&self, scene: &Scene) -> String {
        let mut drawing = Drawing::new(self.size());
        drawing.rectangle([MARGIN, MARGIN, TABLE[0], TABLE[1]], 8.0, CARD);
        if let &[sum, open_card, usable_ace] = scene.observation {
            let left = 2.0 * MARGIN;
            drawing.bold([left, 52.0], 15.0, Anchor::Start, INK, "dealer");
            draw_cards(&mut drawing, [left, 70.0], &[name(open_card), String::new()]);
            let soft = if usable_ace == 1.0 { ", with a usable ace" } else { "" };
            drawing.bold([left, 190.0], 15.0, Anchor::Start, INK, &format!("player {sum:.0}{soft}"));
            let first = scene.path.first().map_or(0.0, |first| hard(first));
            let drawn = scene.path.windows(2).map(|pair| hard(&pair[1]) - hard(&pair[0]));
            // The last observation repeats the one before it where the player has stuck.
            let cards: Vec<String> = drawn.filter(|&card| card > 0.0).map(name).collect();
            draw_cards(&mut drawing, [left, 208.0], &[vec![format!("{first:.0}")], cards].concat());
            drawing.text([left, 302.0], 12.0, Anchor::Start, MUTED, "two cards at first, aces as 1; then one by one");
        }
        let beside = 2.0 * MARGIN + TABLE[0];
        drawing.bold([beside, MARGIN + 8.0], 17.0, Anchor::Start, INK, "blackjack");
        let facts = [
            format!("step {}", scene.step),
            format!("return {}", return_so_far(scene.total)),
            match scene.ending {
                Ending::Continues => "",
                _ if scene.total > 0.0 => "won",
                _ if scene.total < 0.0 => "lost",
                _ => "draw",
            }
            .to_owned(),
        ];
        drawing.facts([beside, MARGIN + 34.0], &facts);
        draw_learned(&mut drawing, [beside, MARGIN + 96.0], BESIDE, &ACTIONS, scene);
        drawing.into_svg()
    }
}
