//! Permissions as the bits of a column: 1 view, 2 configure, 4 connect, 8 import.

use protocol::store::Permissions;

pub(super) fn to_bits(permissions: Permissions) -> i64 {
    i64::from(permissions.view)
        | i64::from(permissions.configure) << 1
        | i64::from(permissions.connect) << 2
        | i64::from(permissions.import) << 3
}

pub(super) fn from_bits(bits: i64) -> Permissions {
    Permissions {
        view: bits & 1 != 0,
        configure: bits & 2 != 0,
        connect: bits & 4 != 0,
        import: bits & 8 != 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_of_rights_survives_the_store() {
        for bits in 0..16 {
            assert_eq!(to_bits(from_bits(bits)), bits);
        }
    }
}
