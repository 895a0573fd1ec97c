//! A map as a sorted list: a fraction of a tree's code, and quick enough for what a person changes.

/// Keys and values, in the order of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted<K, V>(Vec<(K, V)>);

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Sorted<K, V> {
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let place = self.place(key).ok()?;
        Some(&self.0[place].1)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        Some(&mut self.0[place].1)
    }

    /// Gives a key a value, in place of the one it had.
    pub fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (key, value)),
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &K) {
        if let Ok(place) = self.place(key) {
            self.0.remove(place);
        }
    }

    /// Keeps only some.
    pub fn retain(&mut self, mut kept: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|(key, value)| kept(key, value));
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_in_order_and_keep_the_last_value() {
        let mut sorted = Sorted::default();
        for (key, value) in [(3, 'c'), (1, 'a'), (2, 'b'), (1, 'z')] {
            sorted.insert(key, value);
        }
        let all: Vec<_> = sorted.iter().map(|(key, value)| (*key, *value)).collect();
        assert_eq!(all, [(1, 'z'), (2, 'b'), (3, 'c')]);
        assert_eq!((sorted.get(&2), sorted.get(&9)), (Some(&'b'), None));
    }

    #[test]
    fn what_is_taken_out_is_gone() {
        let mut sorted = Sorted::default();
        sorted.insert("a", 1);
        sorted.insert("b", 2);
        sorted.remove(&"a");
        sorted.remove(&"x");
        assert_eq!(sorted.len(), 1);
        sorted.retain(|_, value| *value > 2);
        assert!(sorted.is_empty());
    }
}
