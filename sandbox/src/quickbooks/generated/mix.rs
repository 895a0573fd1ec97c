//! Numbers that look like chance and are none: the same input gives the same output, everywhere and always.

/// Half of the bits that number a pair of names.
const HALF: u32 = 10;
/// Pairs of names that there are: 32 syllables in four places.
pub(super) const PAIRS: u32 = 1 << (2 * HALF);
/// Odd, and therefore invertible among the powers of two.
const FACTOR: u32 = 0x9_E375;

/// A number that tells nothing of the one it comes from.
pub(crate) fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// Another order of the numbers below `PAIRS`, one for each seed.
pub(super) fn shuffled(seed: u64, number: u32) -> u32 {
    let number = (number ^ key(seed)).wrapping_mul(FACTOR) % PAIRS;
    (number ^ (number >> HALF)).wrapping_mul(FACTOR) % PAIRS
}

/// What [`shuffled`] made this of.
pub(super) fn unshuffled(seed: u64, number: u32) -> u32 {
    let number = number.wrapping_mul(inverse(FACTOR)) % PAIRS;
    // A shift by half of the bits undoes itself.
    let number = (number ^ (number >> HALF)).wrapping_mul(inverse(FACTOR)) % PAIRS;
    number ^ key(seed)
}

fn key(seed: u64) -> u32 {
    u32::try_from(mixed(seed) % u64::from(PAIRS)).unwrap_or_default()
}

/// Newton's way to an odd number's inverse: each step doubles the bits that are right, from three on.
fn inverse(odd: u32) -> u32 {
    (0..4).fold(odd, |guess, _| guess.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(guess))))
}

/// One of some, as chance has it.
pub(super) fn one_of<T: Copy>(choices: &[T], chance: u64) -> T {
    choices[usize::try_from(chance).unwrap_or_default() % choices.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back() {
        for seed in [0, 1, u64::MAX] {
            for number in (0..PAIRS).step_by(97).chain([PAIRS - 1]) {
                let other = shuffled(seed, number);
                assert!(other < PAIRS);
                assert_eq!(unshuffled(seed, other), number, "{seed}");
            }
        }
    }
}
