//! The fields of a type, as its own deserialisation asks for them.

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};

/// What a field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Holds {
    Flag,
    Integer,
    Number,
    Text,
    /// Something with parts, or something that is not known.
    #[default]
    Anything,
}

/// Names of the fields of `T`, and what each holds. A type without fields has one of no name.
///
/// Nothing but the type is needed: it is deserialised from made-up values, each of the kind it asks for. One that refuses them, since
/// it checks what it is given, leaves those behind it as [`Holds::Anything`].
pub(super) fn of<'de, T: Deserialize<'de>>() -> Vec<(&'static str, Holds)> {
    let mut found = Vec::new();
    // That it fails half-way does not matter: names and kinds are noted before.
    let _ = T::deserialize(Whole(&mut found));
    if found.is_empty() {
        let mut holds = Holds::default();
        let _ = T::deserialize(One(&mut holds));
        found.push(("", holds));
    }
    found
}

/// Notes the fields of a struct.
struct Whole<'a>(&'a mut Vec<(&'static str, Holds)>);

impl<'de> Deserializer<'de> for Whole<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.extend(fields.iter().map(|field| (*field, Holds::default())));
        visitor.visit_map(Fields { fields: self.0.iter_mut(), value: None })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("not a struct"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

/// Fields one after the other.
struct Fields<'a> {
    fields: std::slice::IterMut<'a, (&'static str, Holds)>,
    value: Option<&'a mut Holds>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((name, holds)) = self.fields.next() else { return Ok(None) };
        self.value = Some(holds);
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let mut nowhere = Holds::default();
        seed.deserialize(One(self.value.take().unwrap_or(&mut nowhere)))
    }
}

/// Notes what one value holds.
struct One<'a>(&'a mut Holds);

/// Notes a kind and hands a value of it out.
macro_rules! hold {
    ($($asked:ident => $holds:ident, $visit:ident($($made_up:expr)?);)*) => {
        $(fn $asked<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            *self.0 = Holds::$holds;
            visitor.$visit($($made_up)?)
        })*
    };
}

impl<'de> Deserializer<'de> for One<'_> {
    type Error = Error;

    hold! {
        deserialize_bool => Flag, visit_bool(false);
        deserialize_i8 => Integer, visit_i8(1);
        deserialize_i16 => Integer, visit_i16(1);
        deserialize_i32 => Integer, visit_i32(1);
        deserialize_i64 => Integer, visit_i64(1);
        deserialize_u8 => Integer, visit_u8(1);
        deserialize_u16 => Integer, visit_u16(1);
        deserialize_u32 => Integer, visit_u32(1);
        deserialize_u64 => Integer, visit_u64(1);
        deserialize_f32 => Number, visit_f32(1.0);
        deserialize_f64 => Number, visit_f64(1.0);
        deserialize_char => Text, visit_char('a');
        deserialize_str => Text, visit_borrowed_str("a");
        deserialize_string => Text, visit_borrowed_str("a");
        deserialize_seq => Anything, visit_seq(SeqDeserializer::<_, Error>::new(std::iter::empty::<u8>()));
        deserialize_map => Anything, visit_map(MapDeserializer::<_, Error>::new(std::iter::empty::<(u8, u8)>()));
        deserialize_any => Anything, visit_unit();
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        Whole(&mut Vec::new()).deserialize_struct(name, fields, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Parts(length))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(variants.first().copied().unwrap_or_default().into_deserializer())
    }

    serde::forward_to_deserialize_any! { i128 u128 bytes byte_buf unit unit_struct tuple_struct identifier ignored_any }
}

/// Parts of a tuple, so many.
struct Parts(usize);

impl<'de> SeqAccess<'de> for Parts {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.0.checked_sub(1) else { return Ok(None) };
        self.0 = left;
        seed.deserialize(One(&mut Holds::default())).map(Some)
    }
}
