//! Chance by a seed: the same seed tells the same history.

/// `SplitMix64` (Steele, Lea and Flood, 2014).
pub(in crate::oauth::refresh) struct Dice(u64);

impl Dice {
    pub(in crate::oauth::refresh) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(in crate::oauth::refresh) fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit.max(1)
    }

    pub(in crate::oauth::refresh) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(in crate::oauth::refresh) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        let count = u64::try_from(all.len()).unwrap_or(1);
        all[usize::try_from(self.below(count)).unwrap_or(0)]
    }
}
