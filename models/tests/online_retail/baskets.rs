//! Pairs of products on one invoice, against counts made elsewhere.

use tillstream_models::{
    interactions::Interactions,
    recommenders::{NeighbourParams, Neighbours, Recommender, Similarity, top},
};

use crate::sales::sales;

#[test]
fn bought_together_most_often() {
    let sales = sales();
    let (baskets, products) = (sales.invoices.len(), sales.items.len());
    assert_eq!((sales.lines.len(), baskets, sales.users.len(), products), (396_337, 18_402, 4_334, 3_659));
    let cells: Vec<_> = sales.lines.iter().map(|line| (line.invoice, line.item, 1.0)).collect();
    let matrix = Interactions::from_cells(baskets, products, &cells).unwrap();
    let model = Neighbours::new(&matrix, &NeighbourParams::co_purchase(Similarity::Count).min_support(10));
    assert_eq!(model.capped(), 0);
    let number = |code: &str| sales.items.get(code).unwrap();
    for (a, b, times) in [
        ("22386", "85099B", 546.0),
        ("22697", "22699", 541.0),
        ("22726", "22727", 530.0),
        ("20725", "22384", 523.0),
        ("82482", "82494L", 468.0),
    ] {
        let mut scores = vec![0.0; products];
        model.similar(number(a), &mut scores);
        assert_eq!(scores[number(b) as usize], times, "{a} with {b}");
    }
    let mut scores = vec![0.0; products];
    model.similar(number("22386"), &mut scores);
    assert_eq!(top(&scores, 1), [(number("85099B"), 546.0)]);
}
