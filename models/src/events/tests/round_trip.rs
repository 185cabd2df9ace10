//! What is written is read back equal; what is read never panics.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::events::*;

fn id() -> impl Strategy<Value = Box<str>> + Clone {
    "[^\\x00-\\x1F\\x7F]{1,12}".prop_map(Into::into)
}

fn text() -> impl Strategy<Value = Box<str>> + Clone {
    any::<String>().prop_map(Into::into)
}

fn money() -> impl Strategy<Value = Money> + Clone {
    (0_i64..1_000_000_000).prop_map(Money::from_units)
}

fn currency() -> impl Strategy<Value = Currency> + Clone {
    prop_oneof![Just(Currency::GBP), Just(Currency::EUR), Just(Currency::USD)]
}

fn country() -> impl Strategy<Value = Country> + Clone {
    "[A-Z]{2}".prop_filter_map("a country", |code| code.parse().ok())
}

fn envelope() -> impl Strategy<Value = Envelope> + Clone {
    (id(), option::of(-62_167_219_200_000_i64..253_402_300_800_000), any::<u32>())
        .prop_map(|(event_id, at_ms, version)| Envelope { event_id, at_ms, version })
}

fn line() -> impl Strategy<Value = OrderLine> + Clone {
    (id(), text(), id(), 1..1_000_i32, money()).prop_map(|(product_id, name, category, quantity, unit_price)| {
        OrderLine { product_id, name, category, quantity, unit_price }
    })
}

fn order_event() -> impl Strategy<Value = OrderEvent> + Clone {
    let orders = (envelope(), id(), id(), option::of(country()), currency(), vec(line(), 1..5), money());
    prop_oneof![
        orders.clone().prop_map(|(envelope, order_id, user_id, country, currency, items, total)| {
            OrderEvent::Placed(OrderPlaced { envelope, order_id, user_id, country, currency, items, total })
        }),
        orders.prop_map(|(envelope, order_id, user_id, country, currency, items, total)| {
            let user_id = Some(user_id);
            OrderEvent::Returned(OrderReturned { envelope, order_id, user_id, country, currency, items, total })
        }),
        (envelope(), id())
            .prop_map(|(envelope, order_id)| OrderEvent::Confirmed(OrderConfirmed { envelope, order_id })),
        (envelope(), id(), option::of(text())).prop_map(|(envelope, order_id, reason)| {
            OrderEvent::Cancelled(OrderCancelled { envelope, order_id, reason })
        }),
        (envelope(), id(), option::of(id())).prop_map(|(envelope, order_id, tracking_id)| {
            OrderEvent::Shipped(OrderShipped { envelope, order_id, tracking_id })
        }),
        (envelope(), id())
            .prop_map(|(envelope, order_id)| OrderEvent::Delivered(OrderDelivered { envelope, order_id })),
    ]
}

fn stock_items() -> impl Strategy<Value = Vec<StockItem>> + Clone {
    vec((id(), 1..i32::MAX).prop_map(|(product_id, quantity)| StockItem { product_id, quantity }), 0..4)
}

fn inventory_event() -> impl Strategy<Value = InventoryEvent> + Clone {
    let missing = (id(), 1..i32::MAX).prop_map(|(product_id, missing)| MissingStock { product_id, missing });
    prop_oneof![
        (envelope(), id(), stock_items()).prop_map(|(envelope, order_id, items)| {
            InventoryEvent::Reserved(InventoryReserved { envelope, order_id, items })
        }),
        (envelope(), id(), option::of(text()), vec(missing, 0..4)).prop_map(|(envelope, order_id, reason, items)| {
            InventoryEvent::Failed(InventoryFailed { envelope, order_id, reason, items })
        }),
        (envelope(), id(), stock_items()).prop_map(|(envelope, order_id, items)| {
            InventoryEvent::Released(InventoryReleased { envelope, order_id, items })
        }),
        (envelope(), id(), any::<i32>(), option::of(text())).prop_map(|(envelope, product_id, delta, cause)| {
            InventoryEvent::Adjusted(StockAdjusted { envelope, product_id, delta, cause })
        }),
        (envelope(), id(), 0..i32::MAX).prop_map(|(envelope, product_id, quantity)| {
            InventoryEvent::Counted(StockCounted { envelope, product_id, quantity })
        }),
    ]
}

fn payment_event() -> impl Strategy<Value = PaymentEvent> + Clone {
    let moved = (envelope(), id(), option::of(id()), money(), currency());
    prop_oneof![
        moved.clone().prop_map(|(envelope, order_id, payment_id, amount, currency)| {
            PaymentEvent::Completed(PaymentCompleted { envelope, order_id, payment_id, amount, currency })
        }),
        moved.prop_map(|(envelope, order_id, payment_id, amount, currency)| {
            PaymentEvent::Refunded(PaymentRefunded { envelope, order_id, payment_id, amount, currency })
        }),
        (envelope(), id(), option::of(text())).prop_map(|(envelope, order_id, reason)| {
            PaymentEvent::Failed(PaymentFailed { envelope, order_id, reason })
        }),
    ]
}

fn visitor() -> impl Strategy<Value = Visitor> + Clone {
    prop_oneof![
        (id(), option::of(id())).prop_map(|(user, session_id)| Visitor { user_id: Some(user), session_id }),
        id().prop_map(|session| Visitor { user_id: None, session_id: Some(session) }),
    ]
}

fn activity_event() -> impl Strategy<Value = ActivityEvent> + Clone {
    let item = (envelope(), visitor(), id(), 1..i32::MAX)
        .prop_map(|(envelope, visitor, product_id, quantity)| CartItem { envelope, visitor, product_id, quantity });
    prop_oneof![
        (envelope(), visitor(), id()).prop_map(|(envelope, visitor, product_id)| {
            ActivityEvent::ProductViewed(ProductViewed { envelope, visitor, product_id })
        }),
        (envelope(), visitor(), text())
            .prop_map(|(envelope, visitor, query)| { ActivityEvent::Searched(Searched { envelope, visitor, query }) }),
        item.clone().prop_map(ActivityEvent::CartItemAdded),
        item.prop_map(ActivityEvent::CartItemRemoved),
        (envelope(), visitor(), option::of(id())).prop_map(|(envelope, visitor, order_id)| {
            ActivityEvent::CheckoutStarted(CheckoutStarted { envelope, visitor, order_id })
        }),
        (envelope(), visitor(), vec(id(), 0..4), option::of(id())).prop_map(
            |(envelope, visitor, product_ids, model)| {
                ActivityEvent::RecommendationShown(RecommendationShown { envelope, visitor, product_ids, model })
            }
        ),
        (envelope(), visitor(), id(), option::of(id())).prop_map(|(envelope, visitor, product_id, model)| {
            ActivityEvent::RecommendationClicked(RecommendationClicked { envelope, visitor, product_id, model })
        }),
    ]
}

fn product_event() -> impl Strategy<Value = ProductEvent> + Clone {
    prop_oneof![
        (envelope(), id(), text(), id(), option::of((money(), currency()))).prop_map(
            |(envelope, product_id, name, category, price)| {
                ProductEvent::Upserted(ProductUpserted { envelope, product_id, name, category, price })
            }
        ),
        (envelope(), id())
            .prop_map(|(envelope, product_id)| ProductEvent::Removed(ProductRemoved { envelope, product_id })),
    ]
}

fn leg() -> impl Strategy<Value = LegState> + Clone {
    prop_oneof![Just(LegState::Pending), Just(LegState::Succeeded), Just(LegState::Failed)]
}

fn order_update() -> impl Strategy<Value = OrderUpdate> + Clone {
    let update = (envelope(), id(), id(), money(), currency(), option::of(text()), (leg(), leg())).prop_map(
        |(envelope, order_id, user_id, total, currency, reason, (inventory, payment))| {
            let legs = Legs { inventory, payment };
            OrderUpdated { envelope, order_id, user_id, total, currency, reason, legs }
        },
    );
    prop_oneof![update.clone().prop_map(OrderUpdate::Confirmed), update.prop_map(OrderUpdate::Cancelled),]
}

fn compensation() -> impl Strategy<Value = Compensation> + Clone {
    prop_oneof![
        (envelope(), id(), stock_items(), text()).prop_map(|(envelope, order_id, items, cause)| {
            Compensation::ReleaseInventory(ReleaseInventory { envelope, order_id, items, cause })
        }),
        (envelope(), id(), option::of(id()), money(), currency(), text()).prop_map(
            |(envelope, order_id, payment_id, amount, currency, cause)| {
                Compensation::RefundPayment(RefundPayment { envelope, order_id, payment_id, amount, currency, cause })
            }
        ),
    ]
}

fn notification() -> impl Strategy<Value = Notification> + Clone {
    // Statistics may lose their last bit on the way through JSON; quarters have none to lose.
    let finite = || (-1_000_000..1_000_000_i32).prop_map(|quarters| f64::from(quarters) / 4.0);
    prop_oneof![
        (envelope(), id(), id()).prop_map(|(envelope, user_id, order_id)| {
            Notification::OrderConfirmed(OrderConfirmedNotice { envelope, user_id, order_id })
        }),
        (envelope(), id(), id(), text()).prop_map(|(envelope, user_id, order_id, reason)| {
            Notification::OrderCancelled(OrderCancelledNotice { envelope, user_id, order_id, reason })
        }),
        (envelope(), id(), any::<i64>(), 0..i32::MAX).prop_map(|(envelope, product_id, level, threshold)| {
            Notification::LowStock(LowStock { envelope, product_id, level, threshold })
        }),
        (envelope(), id(), any::<i64>(), finite(), finite(), finite()).prop_map(
            |(envelope, product_id, level, units_per_day, days_left, lead_time_days)| {
                Notification::StockOutForecast(StockOutForecast {
                    envelope,
                    product_id,
                    level,
                    units_per_day,
                    days_left,
                    lead_time_days,
                })
            }
        ),
        (envelope(), id(), any::<i64>(), finite(), finite(), finite()).prop_map(
            |(envelope, metric, window_start_ms, value, expected, score)| {
                Notification::Anomaly(Anomaly { envelope, metric, window_start_ms, value, expected, score })
            }
        ),
    ]
}

fn survives<E: Event + PartialEq + std::fmt::Debug>(event: &E) -> Result<(), TestCaseError> {
    let json = event.to_json();
    let foreign: serde_json::Value = serde_json::from_slice(&json).unwrap();
    prop_assert_eq!(foreign["type"].as_str(), Some(event.type_name()));
    let read = E::decode(&json);
    prop_assert_eq!(read.as_ref(), Ok(event));
    Ok(())
}

proptest! {
    #[test]
    fn orders(event in order_event()) { survives(&event)?; }
    #[test]
    fn inventory(event in inventory_event()) { survives(&event)?; }
    #[test]
    fn payments(event in payment_event()) { survives(&event)?; }
    #[test]
    fn user_activity(event in activity_event()) { survives(&event)?; }
    #[test]
    fn products(event in product_event()) { survives(&event)?; }
    #[test]
    fn order_updates(event in order_update()) { survives(&event)?; }
    #[test]
    fn compensations(event in compensation()) { survives(&event)?; }
    #[test]
    fn notifications(event in notification()) { survives(&event)?; }

    #[test]
    fn any_bytes_are_an_answer(bytes in vec(any::<u8>(), 0..200)) {
        let _ = OrderEvent::decode(&bytes);
        let _ = Notification::decode(&bytes);
    }

    #[test]
    fn a_damaged_event_is_never_a_panic(event in order_event(), at: prop::sample::Index, byte: u8) {
        let mut json = event.to_json();
        let at = at.index(json.len());
        json[at] = byte;
        // Whatever is still accepted is JSON to others too.
        if OrderEvent::decode(&json).is_ok() {
            prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&json).is_ok());
        }
    }
}
