//! Topic `user-activity`: what visitors do in the web shop.

use super::json::JsonWriter;
use super::wire::{self, Text, count, id, optional_id, required, text, unknown_type, wire_event};
use super::{Envelope, Event, EventError, MAX_ITEMS};

/// An event of topic `user-activity`, keyed by user id, or by session id when anonymous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivityEvent {
    /// A product's page was opened.
    ProductViewed(ProductViewed),
    /// The catalogue was searched.
    Searched(Searched),
    /// Something was put into the cart.
    CartItemAdded(CartItem),
    /// Something was taken out of the cart.
    CartItemRemoved(CartItem),
    /// The visitor went to pay.
    CheckoutStarted(CheckoutStarted),
    /// Recommendations were shown.
    RecommendationShown(RecommendationShown),
    /// A recommendation was followed.
    RecommendationClicked(RecommendationClicked),
}

/// Who did it; at least one of the two ids is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The user, when signed in.
    pub user_id: Option<Box<str>>,
    /// The browser session.
    pub session_id: Option<Box<str>>,
}

impl Visitor {
    /// The user id, else the session id: the record's key.
    #[must_use]
    pub fn id(&self) -> &str {
        self.user_id.as_deref().or(self.session_id.as_deref()).unwrap_or_default()
    }
}

/// A product's page was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductViewed {
    /// What every event has.
    pub envelope: Envelope,
    /// Who.
    pub visitor: Visitor,
    /// The product.
    pub product_id: Box<str>,
}

/// The catalogue was searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// What every event has.
    pub envelope: Envelope,
    /// Who.
    pub visitor: Visitor,
    /// The words.
    pub query: Box<str>,
}

/// Something was put into the cart or taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartItem {
    /// What every event has.
    pub envelope: Envelope,
    /// Who.
    pub visitor: Visitor,
    /// The product.
    pub product_id: Box<str>,
    /// How many, at least 1; 1 when the payload does not say.
    pub quantity: i32,
}

/// The visitor went to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutStarted {
    /// What every event has.
    pub envelope: Envelope,
    /// Who.
    pub visitor: Visitor,
    /// The order this will become, when already numbered.
    pub order_id: Option<Box<str>>,
}

/// Recommendations were shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecommendationShown {
    /// What every event has.
    pub envelope: Envelope,
    /// Who.
    pub visitor: Visitor,
    /// The products shown, best first.
    pub product_ids: Vec<Box<str>>,
    /// The model that chose them, when known.
    pub model: Option<Box<str>>,
}

/// A recommendation was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecommendationClicked {
    /// What every event has.
    pub envelope: Envelope,
    /// Who.
    pub visitor: Visitor,
    /// The product.
    pub product_id: Box<str>,
    /// The model that chose it, when known.
    pub model: Option<Box<str>>,
}

wire_event!(ActivityWire {
    user_id: Text<'a>,
    session_id: Text<'a>,
    product_id: Text<'a>,
    query: Text<'a>,
    quantity: i64,
    order_id: Text<'a>,
    product_ids: Vec<Text<'a>>,
    model: Text<'a>,
});

impl Event for ActivityEvent {
    const TOPIC: &'static str = "user-activity";

    fn decode(payload: &[u8]) -> Result<Self, EventError> {
        let mut wire: ActivityWire<'_> = wire::parse(payload)?;
        let kind = required("type", wire.kind.take())?.0;
        match &*kind {
            "ProductViewed" => wire.viewed().map(Self::ProductViewed),
            "Searched" => wire.searched().map(Self::Searched),
            "CartItemAdded" => wire.cart_item().map(Self::CartItemAdded),
            "CartItemRemoved" => wire.cart_item().map(Self::CartItemRemoved),
            "CheckoutStarted" => wire.checkout().map(Self::CheckoutStarted),
            "RecommendationShown" => wire.shown().map(Self::RecommendationShown),
            "RecommendationClicked" => wire.clicked().map(Self::RecommendationClicked),
            kind => Err(unknown_type(Self::TOPIC, kind)),
        }
    }

    fn to_json(&self) -> Vec<u8> {
        let mut json = JsonWriter::event(self.type_name(), self.envelope());
        json.optional("userId", self.visitor().user_id.as_deref());
        json.optional("sessionId", self.visitor().session_id.as_deref());
        match self {
            Self::ProductViewed(event) => json.field("productId", &*event.product_id),
            Self::Searched(event) => json.field("query", &*event.query),
            Self::CartItemAdded(event) | Self::CartItemRemoved(event) => {
                json.field("productId", &*event.product_id);
                json.field("quantity", &event.quantity);
            }
            Self::CheckoutStarted(event) => json.optional("orderId", event.order_id.as_deref()),
            Self::RecommendationShown(event) => {
                json.field("productIds", &event.product_ids);
                json.optional("model", event.model.as_deref());
            }
            Self::RecommendationClicked(event) => {
                json.field("productId", &*event.product_id);
                json.optional("model", event.model.as_deref());
            }
        }
        json.finish()
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::ProductViewed(_) => "ProductViewed",
            Self::Searched(_) => "Searched",
            Self::CartItemAdded(_) => "CartItemAdded",
            Self::CartItemRemoved(_) => "CartItemRemoved",
            Self::CheckoutStarted(_) => "CheckoutStarted",
            Self::RecommendationShown(_) => "RecommendationShown",
            Self::RecommendationClicked(_) => "RecommendationClicked",
        }
    }

    fn envelope(&self) -> &Envelope {
        match self {
            Self::ProductViewed(event) => &event.envelope,
            Self::Searched(event) => &event.envelope,
            Self::CartItemAdded(event) | Self::CartItemRemoved(event) => &event.envelope,
            Self::CheckoutStarted(event) => &event.envelope,
            Self::RecommendationShown(event) => &event.envelope,
            Self::RecommendationClicked(event) => &event.envelope,
        }
    }

    fn key(&self) -> &str {
        self.visitor().id()
    }
}

impl ActivityEvent {
    /// Who did it.
    #[must_use]
    pub fn visitor(&self) -> &Visitor {
        match self {
            Self::ProductViewed(event) => &event.visitor,
            Self::Searched(event) => &event.visitor,
            Self::CartItemAdded(event) | Self::CartItemRemoved(event) => &event.visitor,
            Self::CheckoutStarted(event) => &event.visitor,
            Self::RecommendationShown(event) => &event.visitor,
            Self::RecommendationClicked(event) => &event.visitor,
        }
    }
}

impl ActivityWire<'_> {
    fn visitor(&mut self) -> Result<Visitor, EventError> {
        let user_id = optional_id("userId", self.user_id.take())?;
        let session_id = optional_id("sessionId", self.session_id.take())?;
        if user_id.is_none() && session_id.is_none() {
            return Err(EventError::MissingField { field: "userId" });
        }
        Ok(Visitor { user_id, session_id })
    }

    fn product_id(&mut self) -> Result<Box<str>, EventError> {
        id("productId", self.product_id.take())
    }

    fn viewed(mut self) -> Result<ProductViewed, EventError> {
        Ok(ProductViewed { envelope: self.envelope()?, visitor: self.visitor()?, product_id: self.product_id()? })
    }

    fn searched(mut self) -> Result<Searched, EventError> {
        Ok(Searched {
            envelope: self.envelope()?,
            visitor: self.visitor()?,
            query: required("query", text("query", self.query)?)?,
        })
    }

    fn cart_item(mut self) -> Result<CartItem, EventError> {
        Ok(CartItem {
            envelope: self.envelope()?,
            visitor: self.visitor()?,
            product_id: self.product_id()?,
            quantity: count("quantity", Some(self.quantity.unwrap_or(1)), 1)?,
        })
    }

    fn checkout(mut self) -> Result<CheckoutStarted, EventError> {
        Ok(CheckoutStarted {
            envelope: self.envelope()?,
            visitor: self.visitor()?,
            order_id: optional_id("orderId", self.order_id)?,
        })
    }

    fn shown(mut self) -> Result<RecommendationShown, EventError> {
        let envelope = self.envelope()?;
        let visitor = self.visitor()?;
        let shown = required("productIds", self.product_ids)?;
        if shown.len() > MAX_ITEMS {
            let (what, size) = ("productIds", shown.len());
            return Err(EventError::TooLarge { what, size, limit: MAX_ITEMS });
        }
        let product_ids = shown.into_iter().map(|product| id("productIds", Some(product)));
        Ok(RecommendationShown {
            envelope,
            visitor,
            product_ids: product_ids.collect::<Result<_, _>>()?,
            model: optional_id("model", self.model)?,
        })
    }

    fn clicked(mut self) -> Result<RecommendationClicked, EventError> {
        Ok(RecommendationClicked {
            envelope: self.envelope()?,
            visitor: self.visitor()?,
            product_id: self.product_id()?,
            model: optional_id("model", self.model)?,
        })
    }
}
