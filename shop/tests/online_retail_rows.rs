//! What single rows of a sales history become, and what is refused.

use tillstream_models::events::{Event, InventoryEvent, OrderEvent};
use tillstream_shop::ShopRecord;
use tillstream_shop::online_retail::{OnlineRetail, OnlineRetailError, Options};

const HEADER: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

fn replay(rows: &str) -> Result<Vec<ShopRecord>, OnlineRetailError> {
    let file = std::io::Cursor::new(format!("{HEADER}\n{rows}"));
    OnlineRetail::from_reader(file, Options::default())?.collect()
}

fn topics(records: &[ShopRecord]) -> Vec<&str> {
    records.iter().map(|record| record.topic).collect()
}

#[test]
fn a_guest_buys_at_two_minutes_and_a_tenth_of_a_penny() {
    let records = replay(
        "7,pads,PADS TO MATCH ALL CUSHIONS,1,2010-12-01 08:26:00,0.001,,EIRE\n\
         8,22423,REGENCY CAKESTAND 3 TIER,1,2010-12-01 08:26:00,12.75,1,Germany\n\
         7,22423,\"CAKESTAND, \"\"LARGE\"\"\",2,2010-12-01 08:27:00,12.75,,EIRE\n\
         7,22423,\"CAKESTAND, \"\"LARGE\"\"\",2,2010-12-01 08:27:00,12.75,,EIRE\n\
         7,22423,damaged,-3,2010-12-01 08:27:00,0,,EIRE\n",
    )
    .unwrap();
    let placed: Vec<_> = records.iter().filter(|record| record.topic == "orders").collect();
    let OrderEvent::Placed(order) = OrderEvent::decode(&placed[0].value).unwrap() else { panic!("{:?}", placed[0]) };
    assert_eq!((&*order.user_id, order.country.unwrap().as_str()), ("guest-7", "IE"));
    assert_eq!(order.envelope.at_ms, Some(1_291_191_960_000));
    assert_eq!(order.total.to_string(), "51.001");
    let lines: Vec<_> = order.items.iter().map(|line| (&*line.product_id, line.quantity)).collect();
    assert_eq!(lines, [("PADS", 1), ("22423", 2), ("22423", 2)]);
    assert_eq!(&*order.items[1].name, "CAKESTAND, \"LARGE\"");

    // Two orders with two legs each, and the damaged goods.
    assert_eq!(records.len(), 7);
    let adjusted = records.iter().find(|record| record.key == "22423").unwrap();
    let InventoryEvent::Adjusted(adjusted) = InventoryEvent::decode(&adjusted.value).unwrap() else {
        panic!("{adjusted:?}")
    };
    assert_eq!((adjusted.delta, adjusted.cause.as_deref()), (-3, Some("adjustment")));
}

#[test]
fn a_cancellation_is_a_return_with_its_refund() {
    let records = replay("C9,D,Discount,-1,2010-12-01 09:41:00,27.50,14527,United Kingdom\n").unwrap();
    assert_eq!(topics(&records), ["orders", "payments"]);
    let OrderEvent::Returned(returned) = OrderEvent::decode(&records[0].value).unwrap() else {
        panic!("{:?}", records[0])
    };
    assert_eq!((returned.items[0].quantity, returned.total.to_string()), (1, "27.50".to_owned()));
    assert_eq!((&*returned.order_id, returned.user_id.as_deref()), ("C9", Some("14527")));
    let delay_ms = records[1].timestamp - records[0].timestamp;
    assert!((1_000..60_000).contains(&delay_ms), "{delay_ms}");
}

#[test]
fn no_rows_no_records() {
    assert_eq!(replay("").unwrap(), []);
}

#[test]
fn what_cannot_be_read_is_said_with_its_line() {
    let row = "1,22423,CAKESTAND,1,2010-12-01 08:26:00,12.75,1,Germany";
    for (rows, message) in [
        (format!("{row}\n{}", row.replace("12.75", "1275e-2")), "line 3: bad value in column UnitPrice"),
        (row.replace("Germany", "Mars"), "line 2: bad value in column Country"),
        (row.replace("CAKESTAND,1", "CAKESTAND,1.5"), "line 2: bad value in column Quantity"),
        (
            format!("{row}\n{}", row.replace("08:26", "08:25")),
            "line 3 is older than the line before it; sort the file by InvoiceDate",
        ),
        ("1,2,3".to_owned(), "cannot read the sales history: "),
    ] {
        let error = replay(&rows).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let file = std::io::Cursor::new("a,b\n1,2\n");
    let error = OnlineRetail::from_reader(file, Options::default()).unwrap_err();
    assert!(matches!(error, OnlineRetailError::Columns));
    let error = OnlineRetail::open("nowhere.csv", Options::default()).unwrap_err();
    assert!(matches!(error, OnlineRetailError::Open { .. }));
    for (fail_share, timeout_share) in [(-0.1, 0.0), (0.6, 0.6), (f64::NAN, 0.0)] {
        let options = Options { seed: 1, fail_share, timeout_share };
        let error = OnlineRetail::from_reader(std::io::empty(), options).unwrap_err();
        assert!(matches!(error, OnlineRetailError::Shares));
    }
}

#[test]
fn after_an_error_the_replay_has_ended() {
    let row = "1,22423,CAKESTAND,1,2010-12-01 08:26:00,12.75,1,Germany";
    let file = std::io::Cursor::new(format!("{HEADER}\n{row}\n{row},x\n{row}\n"));
    let mut replay = OnlineRetail::from_reader(file, Options::default()).unwrap();
    assert!(replay.next().unwrap().is_err());
    assert!(replay.next().is_none());
}
