//! The one mechanism of open slots: from a name in a config file to a part with settings.
//!
//! An experiment has slots: environment, feature map, network, algorithm, optimizer. What stands in one is a [`Part`], a struct of
//! settings with a name. The registry of a slot ([`SlotKind::registry`]) lists its parts; a program may add its own. A
//! [`Slot`] holds one part of any registered type. It reads and writes itself as a table with one key:
//!
//! ```toml
//! [env.cart_pole]      # the slot `env`, the part `cart_pole`
//! time_limit = 200     # a setting of that part
//! ```
//!
//! A bare name, `env = "cart_pole"`, stands for the part with the default of every setting.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::fmt::{Debug, Formatter};
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The settings of one part, as a table of a config file has them.
///
/// Every setting that may be left out has its default in the type's `Deserialize` (`#[serde(default)]`). The description of each
/// key in the JSON Schema is the doc comment of its field.
pub trait Part: Clone + Debug + PartialEq + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The key in a config file, in snake case: `cart_pole`.
    const ID: &'static str;
    /// What it is, in one line, with its source.
    const SUMMARY: &'static str;
}

/// What every [`Part`] can do once its type is no longer known.
pub trait AnyPart: Debug + Send + Sync + erased_serde::Serialize {
    /// [`Part::ID`].
    fn id(&self) -> &'static str;
    /// The part itself, to ask for its type.
    fn as_any(&self) -> &dyn Any;
    /// Whether the other is a part of the same type with the same settings.
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<P: Part> AnyPart for P {
    fn id(&self) -> &'static str {
        P::ID
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<P>() == Some(self)
    }
}

erased_serde::serialize_trait_object!(AnyPart);

/// A kind of slot, named by the trait object that its parts become: `dyn Environment` for the environments.
pub trait SlotKind: AnyPart + 'static {
    /// The name of the slot's type in the JSON Schema.
    const NAME: &'static str;
    /// What stands in the slot, for messages: `an environment`.
    const NOUN: &'static str;

    /// Its parts.
    fn registry() -> &'static Registry<Self>;
}

/// Says that a slot takes parts of type `P`. Each slot implements it once, for every `P` with the slot's trait:
///
/// ```ignore
/// impl<P: Part + Environment> Takes<P> for dyn Environment {
///     fn erase(part: P) -> Arc<Self> {
///         Arc::new(part)
///     }
/// }
/// ```
pub trait Takes<P>: SlotKind {
    /// The part without its type.
    fn erase(part: P) -> Arc<Self>;
}

/// A slot in which a part stands where nothing is said of it.
pub trait DefaultPart: SlotKind {
    /// That part.
    fn default_part() -> Slot<Self>;
}

/// The parts of a slot: those of this library, in the order in which they are listed, and those that a program added.
#[derive(Debug)]
pub struct Registry<T: ?Sized + 'static> {
    entries: RwLock<Vec<&'static Entry<T>>>,
}

/// One part of a registry, before it has settings.
pub struct Entry<T: ?Sized + 'static> {
    /// [`Part::ID`].
    pub id: &'static str,
    /// [`Part::SUMMARY`].
    pub summary: &'static str,
    part: TypeId,
    read: fn(&mut dyn erased_serde::Deserializer<'_>) -> Result<Slot<T>, erased_serde::Error>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

/// A part of any type that its registry knows, with its settings. Copies share the settings.
pub struct Slot<T: ?Sized>(Arc<T>);

/// How many parts all registries of the process have.
static PARTS_ADDED: AtomicUsize = AtomicUsize::new(0);

/// A number that changes whenever a part is added to any registry: what was made from the registries is out of date then.
pub fn parts_added() -> usize {
    PARTS_ADDED.load(Ordering::SeqCst)
}

impl<T: ?Sized> Registry<T> {
    /// A registry of these parts.
    ///
    /// # Panics
    /// If two of them have the same ID; see [`Registry::add`].
    pub fn new(entries: impl IntoIterator<Item = Entry<T>>) -> Self {
        let registry = Registry { entries: RwLock::default() };
        entries.into_iter().for_each(|entry| registry.add(entry));
        registry
    }

    /// Adds a part for the rest of the process. Adding the same part again changes nothing.
    ///
    /// # Panics
    /// If there is another part with this ID, or the ID is not in snake case.
    pub fn add(&self, entry: Entry<T>) {
        let Entry { id, part, .. } = entry;
        assert!(is_snake_case(id), "the ID of a part is in snake case, such as `cart_pole`, not {id:?}");
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        match entries.iter().find(|known| known.id == id).map(|known| known.part == part) {
            None => {
                entries.push(Box::leak(Box::new(entry)));
                PARTS_ADDED.fetch_add(1, Ordering::SeqCst);
            }
            Some(is_same) => assert!(is_same, "there is already another part with the ID `{id}`: choose another one"),
        }
    }

    /// Every part, in the order in which they were listed or added.
    pub fn all(&self) -> Vec<&'static Entry<T>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The part of this name; `cart-pole` means `cart_pole`.
    pub fn find(&self, id: &str) -> Option<&'static Entry<T>> {
        let id = id.replace('-', "_");
        self.all().into_iter().find(|entry| entry.id == id)
    }
}

impl<T: ?Sized> Entry<T> {
    /// The entry of a part.
    pub fn of<P: Part>() -> Entry<T>
    where
        T: Takes<P>,
    {
        Entry {
            id: P::ID,
            summary: P::SUMMARY,
            part: TypeId::of::<P>(),
            read: |deserializer| erased_serde::deserialize::<P>(deserializer).map(Slot::from),
            schema: |generator| generator.subschema_for::<P>(),
        }
    }

    /// The part with the default of every setting.
    ///
    /// # Errors
    /// If it has a setting without a default; the message names it.
    pub fn default(&self) -> Result<Slot<T>, String> {
        let empty = MapDeserializer::<_, serde::de::value::Error>::new(std::iter::empty::<(&str, &str)>());
        (self.read)(&mut <dyn erased_serde::Deserializer>::erase(empty)).map_err(|error| error.to_string())
    }

    /// The name on a command line: `cart-pole`.
    pub fn name(&self) -> String {
        self.id.replace('_', "-")
    }

    /// Whether every setting has a default, so that the name alone says everything.
    pub fn has_defaults(&self) -> bool {
        self.default().is_ok()
    }
}

impl<T: ?Sized> Debug for Entry<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

impl<P: Part, T: Takes<P> + ?Sized> From<P> for Slot<T> {
    fn from(part: P) -> Slot<T> {
        Slot(T::erase(part))
    }
}

impl<T: ?Sized> Slot<T> {
    /// A slot of a part that no registry has.
    pub(crate) fn erased(part: Arc<T>) -> Slot<T> {
        Slot(part)
    }
}

impl<T: AnyPart + ?Sized> Slot<T> {
    /// The part, if it is of this type.
    pub fn downcast_ref<P: Part>(&self) -> Option<&P> {
        self.0.as_any().downcast_ref()
    }
}

impl<T: DefaultPart + ?Sized> Default for Slot<T> {
    fn default() -> Slot<T> {
        T::default_part()
    }
}

impl<T: ?Sized> Deref for Slot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Slot(Arc::clone(&self.0))
    }
}

impl<T: Debug + ?Sized> Debug for Slot<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: AnyPart + ?Sized> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.0.as_any())
    }
}

impl<T: AnyPart + ?Sized> Serialize for Slot<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The settings without the name.
        struct Settings<'a, T: ?Sized>(&'a T);

        impl<T: AnyPart + ?Sized> Serialize for Settings<'_, T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                erased_serde::serialize(self.0, serializer)
            }
        }

        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0.id(), &Settings(&*self.0))?;
        map.end()
    }
}

impl<'de, T: SlotKind + ?Sized> serde::Deserialize<'de> for Slot<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Reads a name, or a table with one key.
        struct NameOrTable<T: ?Sized>(std::marker::PhantomData<T>);

        impl<'de, T: SlotKind + ?Sized> Visitor<'de> for NameOrTable<T> {
            type Value = Slot<T>;

            fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
                write!(f, "the name of {}, or a table with that one key", T::NOUN)
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Slot<T>, E> {
                entry::<T, E>(name)?.default().map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Slot<T>, A::Error> {
                let wants_one = || A::Error::custom("takes exactly one key");
                let name: String = map.next_key()?.ok_or_else(wants_one)?;
                let slot = map.next_value_seed(Settings(entry::<T, A::Error>(&name)?))?;
                match map.next_key::<String>()? {
                    None => Ok(slot),
                    Some(_) => Err(wants_one()),
                }
            }
        }

        /// Reads the settings of a part.
        struct Settings<T: ?Sized + 'static>(&'static Entry<T>);

        impl<'de, T: ?Sized> DeserializeSeed<'de> for Settings<T> {
            type Value = Slot<T>;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Slot<T>, D::Error> {
                let mut erased = <dyn erased_serde::Deserializer>::erase(deserializer);
                (self.0.read)(&mut erased).map_err(D::Error::custom)
            }
        }

        deserializer.deserialize_any(NameOrTable(std::marker::PhantomData))
    }
}

/// The entry of a part, or an error that lists the names there are.
fn entry<T: SlotKind + ?Sized, E: Error>(name: &str) -> Result<&'static Entry<T>, E> {
    let entries = T::registry().all();
    let found = entries.iter().find(|entry| entry.id == name).copied();
    found.ok_or_else(|| {
        let names: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.id)).collect();
        E::custom(format!("unknown name `{name}`, expected one of {}", names.join(", ")))
    })
}

impl<T: SlotKind + ?Sized> JsonSchema for Slot<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entries = T::registry().all();
        let table = |entry: &&'static Entry<T>| {
            json_schema!({
                "type": "object",
                "description": entry.summary,
                "properties": { (entry.id): (entry.schema)(generator) },
                "required": [entry.id],
                "additionalProperties": false,
            })
        };
        let mut forms: Vec<Schema> = entries.iter().map(table).collect();
        let names: Vec<&str> = entries.iter().filter(|entry| entry.has_defaults()).map(|entry| entry.id).collect();
        if !names.is_empty() {
            forms.push(json_schema!({ "type": "string", "enum": names }));
        }
        json_schema!({
            "description": format!("{}: a table with one key, or a name alone for its defaults.", capitalized(T::NOUN)),
            "oneOf": forms,
        })
    }
}

/// Whether a name is a bare key of a config file that `-` in place of `_` leaves unambiguous.
fn is_snake_case(id: &str) -> bool {
    let is_allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    id.starts_with(|first: char| first.is_ascii_lowercase()) && id.chars().all(is_allowed)
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Adds to the schema of an enum of names the name that one of them had in an earlier version (`#[serde(alias)]`, of which the
/// derived schema says nothing). It is accepted and never suggested.
pub fn accept_old_name(schema: &mut Schema, old: &str, new: &str) {
    if let Some(names) = schema.get_mut("oneOf").and_then(|names| names.as_array_mut()) {
        let description = format!("The name of `{new}` in earlier versions.");
        names.push(json_schema!({ "const": old, "deprecated": true, "description": description }).to_value());
    }
}
