use std::collections::BTreeMap;

use super::*;

/// A run of the machine: the state reached and how often each thing was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Run {
    saga: Saga,
    confirmed: u32,
    cancelled: u32,
    releases: u32,
    refunds: u32,
    sales: i32,
    returns: u32,
    illegal: u32,
}

fn run(inputs: &[Input]) -> Run {
    inputs.iter().fold(Run::default(), |mut run, input| {
        let Some(Step { saga, actions }) = step(run.saga, *input) else {
            run.illegal += 1;
            return run;
        };
        run.saga = saga;
        run.confirmed += u32::from(actions.confirmed);
        run.cancelled += u32::from(actions.cancelled.is_some());
        run.releases += u32::from(actions.release);
        run.refunds += u32::from(actions.refund);
        run.sales += i32::from(actions.sale) - i32::from(actions.void);
        run.returns += u32::from(actions.returned);
        run
    })
}

fn permutations(inputs: &[Input]) -> Vec<Vec<Input>> {
    if inputs.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for place in 0..inputs.len() {
        let mut rest = inputs.to_vec();
        let first = rest.remove(place);
        all.extend(permutations(&rest).into_iter().map(|mut tail| {
            tail.insert(0, first);
            tail
        }));
    }
    all
}

const INVENTORY: [Option<Input>; 3] = [Some(Input::Reserved), Some(Input::OutOfStock), None];
const PAYMENT: [Option<Input>; 3] = [Some(Input::Paid), Some(Input::NotPaid), None];

/// Every combination of legs with and without the order.
fn combinations() -> Vec<Vec<Input>> {
    let mut all = Vec::new();
    for placed in [Some(Input::Placed), None] {
        for inventory in INVENTORY {
            for payment in PAYMENT {
                all.push([placed, inventory, payment].into_iter().flatten().collect());
            }
        }
    }
    all
}

/// What must have become of a combination when the time has run out, whatever the order of its inputs.
fn expected(inputs: &[Input]) -> Status {
    let has = |input| inputs.contains(&input);
    match (has(Input::Placed), has(Input::Reserved) && has(Input::Paid)) {
        (true, true) => Status::Confirmed,
        (true, false) => Status::Cancelled,
        (false, _) => Status::Orphaned,
    }
}

fn check(inputs: &[Input], run: &Run, expected: Status) {
    let undone = expected != Status::Confirmed;
    assert_eq!(run.saga.status, expected, "{inputs:?}");
    assert_eq!(run.releases, u32::from(undone && inputs.contains(&Input::Reserved)), "{inputs:?}");
    assert_eq!(run.refunds, u32::from(undone && inputs.contains(&Input::Paid)), "{inputs:?}");
    assert_eq!(run.sales, i32::from(!undone), "{inputs:?}");
    assert_eq!(run.confirmed, u32::from(!undone), "{inputs:?}");
    assert_eq!(run.cancelled, u32::from(expected == Status::Cancelled), "{inputs:?}");
}

#[test]
fn every_order_of_every_combination_of_legs_ends_alike() {
    for combination in combinations().into_iter().filter(|inputs| !inputs.is_empty()) {
        for inputs in permutations(&combination) {
            let inputs = [&*inputs, &[Input::TimedOut]].concat();
            let run = run(&inputs);
            check(&inputs, &run, expected(&combination));
            assert_eq!(run.illegal, 0, "{inputs:?}");
        }
    }
}

#[test]
fn an_input_told_twice_changes_nothing_more() {
    for combination in combinations() {
        for repeated in combination.clone() {
            let doubled = [&*combination, &[repeated]].concat();
            for inputs in permutations(&doubled) {
                let inputs = [&*inputs, &[Input::TimedOut]].concat();
                let run = run(&inputs);
                check(&inputs, &run, expected(&combination));
                assert_eq!(run.illegal, 1, "{inputs:?}");
            }
        }
    }
}

#[test]
fn whatever_comes_after_the_time_out_is_undone_once() {
    for combination in combinations().into_iter().filter(|inputs| !inputs.is_empty()) {
        for inputs in permutations(&combination) {
            for place in 1..inputs.len() {
                let (early, late) = inputs.split_at(place);
                let run = run(&[early, &[Input::TimedOut], late, &[Input::TimedOut]].concat());
                let complete = expected(early) == Status::Confirmed;
                let verdict = match (complete, combination.contains(&Input::Placed)) {
                    (true, _) => Status::Confirmed,
                    (false, true) => Status::Cancelled,
                    (false, false) => Status::Orphaned,
                };
                check(&inputs, &run, verdict);
            }
        }
    }
}

#[test]
fn the_order_service_wins_over_the_legs_in_every_order() {
    let legs = [Input::OutOfStock, Input::Paid];
    for inputs in permutations(&[&[Input::Placed, Input::Confirmed], &legs[..]].concat()) {
        let run = run(&inputs);
        assert_eq!((run.saga.status, run.sales), (Status::Confirmed, 1), "{inputs:?}");
    }
    for inputs in permutations(&[Input::Placed, Input::Cancelled, Input::Reserved, Input::Paid]) {
        let run = run(&inputs);
        assert_eq!((run.saga.status, run.sales), (Status::Cancelled, 0), "{inputs:?}");
        assert_eq!((run.releases, run.refunds), (1, 1), "{inputs:?}");
    }
}

#[test]
fn after_the_service_cancelled_it_does_not_confirm() {
    let run = run(&[Input::Placed, Input::Cancelled, Input::Confirmed]);
    assert_eq!((run.saga.status, run.illegal), (Status::Cancelled, 1));
}

#[test]
fn goods_go_out_and_come_back_only_after_the_confirmation() {
    use Input::{Delivered, Paid, Placed, Reserved, Returned, Shipped};
    let table: BTreeMap<&str, (Vec<Input>, Status, u32)> = BTreeMap::from([
        ("whole life", (vec![Placed, Paid, Reserved, Shipped, Delivered, Returned], Status::Returned, 0)),
        ("no word of the shipment", (vec![Placed, Paid, Reserved, Delivered], Status::Delivered, 0)),
        ("shipped unconfirmed", (vec![Placed, Shipped, Paid], Status::Placed, 1)),
        ("shipped after delivery", (vec![Placed, Paid, Reserved, Delivered, Shipped], Status::Delivered, 1)),
        ("returned unconfirmed", (vec![Placed, Returned], Status::Placed, 1)),
        ("cancelled on the way", (vec![Placed, Paid, Reserved, Shipped, Input::Cancelled], Status::Shipped, 1)),
        ("returned in two parts", (vec![Placed, Paid, Reserved, Returned, Returned], Status::Returned, 0)),
        ("only a return", (vec![Returned, Input::Refunded, Input::TimedOut], Status::ReturnOnly, 0)),
        ("a refund before its return", (vec![Input::Refunded, Returned, Input::TimedOut], Status::ReturnOnly, 0)),
        ("a refund nobody explains", (vec![Input::Refunded, Input::TimedOut], Status::Orphaned, 0)),
    ]);
    for (name, (inputs, status, illegal)) in table {
        let run = run(&inputs);
        assert_eq!((run.saga.status, run.illegal), (status, illegal), "{name}");
        assert_eq!(
            run.returns as usize,
            inputs.iter().filter(|input| **input == Returned).count() - usize::from(name == "returned unconfirmed"),
            "{name}"
        );
        assert_eq!((run.releases, run.refunds), (0, 0), "{name}");
    }
}

#[test]
fn a_confirmed_order_that_is_cancelled_is_no_sale_and_both_legs_are_undone() {
    for legs in permutations(&[Input::Placed, Input::Reserved, Input::Paid]) {
        let run = run(&[&*legs, &[Input::Cancelled, Input::TimedOut]].concat());
        assert_eq!((run.confirmed, run.cancelled, run.sales), (1, 1, 0));
        assert_eq!((run.releases, run.refunds), (1, 1));
    }
}

#[test]
fn money_that_came_after_the_payment_had_failed_goes_back_once() {
    for placed_at in 0..=3 {
        let mut inputs = vec![Input::NotPaid, Input::Paid, Input::Paid];
        inputs.insert(placed_at, Input::Placed);
        inputs.push(Input::TimedOut);
        let run = run(&inputs);
        assert_eq!((run.saga.status, run.refunds, run.illegal), (Status::Cancelled, 1, 1), "{inputs:?}");
    }
}

#[test]
fn what_the_services_undid_themselves_is_not_asked_for_again() {
    let run = run(&[Input::Placed, Input::Paid, Input::Refunded, Input::OutOfStock]);
    assert_eq!((run.saga.status, run.refunds), (Status::Cancelled, 0));
}

#[test]
fn no_sequence_undoes_a_leg_twice_or_counts_a_sale_twice() {
    const ALL: [Input; 14] = [
        Input::Placed,
        Input::Reserved,
        Input::OutOfStock,
        Input::Released,
        Input::Paid,
        Input::NotPaid,
        Input::Refunded,
        Input::PartlyRefunded,
        Input::Confirmed,
        Input::Cancelled,
        Input::Shipped,
        Input::Delivered,
        Input::Returned,
        Input::TimedOut,
    ];
    // All reachable states, each with the counts so far: the machine is small enough to visit every one.
    let mut waiting = vec![Run::default()];
    let mut known = std::collections::HashSet::new();
    while let Some(run) = waiting.pop() {
        assert!(run.releases <= 1 && run.refunds <= 1, "{run:?}");
        assert!(run.sales == i32::from(run.saga.sold), "{run:?}");
        assert!(!run.saga.sold || run.saga.placed, "{run:?}");
        assert!(run.saga.status != Status::Placed || run.saga.placed, "{run:?}");
        for input in ALL {
            let Some(Step { saga, actions }) = step(run.saga, input) else { continue };
            let next = Run {
                saga,
                releases: run.releases + u32::from(actions.release),
                refunds: run.refunds + u32::from(actions.refund),
                sales: run.sales + i32::from(actions.sale) - i32::from(actions.void),
                ..Run::default()
            };
            if known.insert((next.saga, next.releases, next.refunds, next.sales)) {
                waiting.push(next);
            }
        }
    }
    assert!(known.len() > 100, "{}", known.len());
}
