//! Drawings on all cores.

use std::num::NonZero;
use std::thread;

/// The results of `work` for each item, in their order, made on all cores.
pub(super) fn on_all_cores<T: Send>(items: &[usize], work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let workers = cores().min(items.len()).max(1);
    let share = items.len().div_ceil(workers).max(1);
    let work = &work;
    thread::scope(|scope| {
        let started: Vec<_> = items
            .chunks(share)
            .map(|items| scope.spawn(move || items.iter().map(|&item| work(item)).collect::<Vec<T>>()))
            .collect();
        let done = started.into_iter().flat_map(|worker| match worker.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.collect()
    })
}

/// How many drawings are made at a time; all of an episode would take a lot of memory.
pub(super) fn batch() -> usize {
    4 * cores()
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for length in [0, 1, 2, 3, 7, 100] {
            let items: Vec<usize> = (0..length).collect();
            assert_eq!(on_all_cores(&items, |item| 3 * item), items.iter().map(|item| 3 * item).collect::<Vec<_>>());
        }
    }
}
