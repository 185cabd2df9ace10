//! A category for each product, which the data set does not have.
//!
//! The rule: a stock code that is not five digits first is a `service` (postage, fees, vouchers,
//! discounts). Else the first line of [`KEYWORDS`] with a word of the description decides; words
//! are compared whole, without a plural `S`. Nothing found: `other`.

/// Category and its words, the more telling categories first: a `CHRISTMAS TREE CANDLE` is
/// seasonal, a `CANDLE JAR` is lighting, a `JAR` is storage.
const KEYWORDS: [(&str, &[&str]); 14] = [
    (
        "seasonal",
        &[
            "CHRISTMAS",
            "XMAS",
            "EASTER",
            "ADVENT",
            "SANTA",
            "SNOWMAN",
            "REINDEER",
            "HALLOWEEN",
            "VALENTINE",
            "NATIVITY",
        ],
    ),
    ("lighting", &["T-LIGHT", "TLIGHT", "CANDLE", "CANDLESTICK", "LANTERN", "LIGHT", "LAMP", "CHANDELIER"]),
    ("bags", &["BAG", "SHOPPER", "PURSE", "WALLET", "RUCKSACK", "HANDBAG", "BACKPACK", "TOTE", "LUGGAGE", "CASE"]),
    (
        "baking",
        &["CAKE", "BAKING", "CUPCAKE", "COOKIE", "CUTTER", "CAKESTAND", "RECIPE", "BISCUIT", "JELLY", "MOULD", "PIE"],
    ),
    ("party", &["PARTY", "BUNTING", "BALLOON", "NAPKIN", "DOILY", "DOILIE", "GARLAND", "PICNIC", "STRAW", "BIRTHDAY"]),
    (
        "stationery",
        &[
            "CARD", "WRAP", "NOTEBOOK", "PENCIL", "PEN", "TISSUE", "STICKER", "ERASER", "RULER", "BOOK", "JOURNAL",
            "PAPER", "RIBBON", "TAG", "CHALK", "STAMP", "ENVELOPE", "MAGNET",
        ],
    ),
    (
        "jewellery",
        &["NECKLACE", "BRACELET", "EARRING", "RING", "BROOCH", "BANGLE", "PENDANT", "HAIRCLIP", "JEWELLERY", "CHARM"],
    ),
    (
        "toys",
        &[
            "TOY",
            "DOLL",
            "DOLLY",
            "GAME",
            "PUZZLE",
            "JIGSAW",
            "SOLDIER",
            "SKITTLE",
            "PLAYHOUSE",
            "DINOSAUR",
            "PAINTING",
            "CRAFT",
            "FELTCRAFT",
            "SEWING",
            "KNITTING",
            "CHILDRENS",
            "BABY",
        ],
    ),
    (
        "garden",
        &[
            "GARDEN",
            "PLANT",
            "PLANTER",
            "FLOWER",
            "HERB",
            "SEED",
            "PARASOL",
            "WATERING",
            "BIRD",
            "KNEELING",
            "BUTTERFLY",
            "WINDMILL",
            "TREE",
        ],
    ),
    (
        "textiles",
        &[
            "CUSHION", "TOWEL", "DOORMAT", "QUILT", "BLANKET", "RUG", "APRON", "THROW", "SCARF", "CURTAIN", "PILLOW",
            "HAMMOCK", "WARMER", "SLIPPER",
        ],
    ),
    (
        "kitchen",
        &[
            "MUG",
            "CUP",
            "TEACUP",
            "TEAPOT",
            "TEA",
            "COFFEE",
            "BOWL",
            "PLATE",
            "SAUCER",
            "JUG",
            "SPOON",
            "FORK",
            "CUTLERY",
            "GLASS",
            "BOTTLE",
            "EGG",
            "TRAY",
            "LUNCH",
            "SNACK",
            "KITCHEN",
            "JAM",
            "PANTRY",
            "DISH",
            "PAN",
            "CHOPPING",
            "SCALE",
            "BREAD",
            "BUTTER",
            "SUGAR",
            "MILK",
            "FOOD",
            "TABLE",
            "PLACEMAT",
            "COASTER",
            "CHOCOLATE",
        ],
    ),
    (
        "storage",
        &[
            "BOX", "TIN", "JAR", "DRAWER", "BASKET", "STORAGE", "CABINET", "RACK", "CRATE", "BIN", "HOLDER", "HOOK",
            "HANGER", "CHEST", "SHELF", "POT", "BUCKET",
        ],
    ),
    (
        "decoration",
        &[
            "SIGN",
            "DECORATION",
            "FRAME",
            "CLOCK",
            "MIRROR",
            "PICTURE",
            "PHOTO",
            "HEART",
            "WREATH",
            "ORNAMENT",
            "VASE",
            "WALL",
            "LETTER",
            "BLOCK",
            "STAR",
            "KNOB",
            "PLAQUE",
            "CHIME",
            "DOORSTOP",
            "WICKER",
            "CERAMIC",
            "HANGING",
            "ART",
        ],
    ),
    (
        "bath",
        &[
            "SOAP", "BATH", "BATHROOM", "PLASTER", "TOILET", "SPONGE", "COSMETIC", "PERFUME", "INCENSE", "BEAUTY",
            "MANICURE",
        ],
    ),
];

/// The category of a product by its code and description.
pub(super) fn category(product_id: &str, description: &str) -> &'static str {
    let digits = product_id.bytes().take_while(u8::is_ascii_digit).count();
    if digits < 5 {
        return "service";
    }
    let description = description.to_uppercase();
    let found = KEYWORDS.iter().find(|(_, keywords)| {
        words(&description)
            .any(|word| keywords.contains(&word) || word.strip_suffix('S').is_some_and(|one| keywords.contains(&one)))
    });
    found.map_or("other", |(category, _)| category)
}

/// The words of a text; a hyphen is part of a word, as in `T-LIGHT`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '-')
}

#[cfg(test)]
mod tests {
    use super::category;

    #[test]
    fn descriptions_find_their_category() {
        for (code, description, expected) in [
            ("85123A", "WHITE HANGING HEART T-LIGHT HOLDER", "lighting"),
            ("22423", "REGENCY CAKESTAND 3 TIER", "baking"),
            ("85099B", "JUMBO BAG RED RETROSPOT", "bags"),
            ("47566", "PARTY BUNTING", "party"),
            ("22086", "PAPER CHAIN KIT 50'S CHRISTMAS", "seasonal"),
            ("84029G", "Knitted Union Flag Hot Water Bottles", "kitchen"),
            ("23166", "MEDIUM CERAMIC TOP STORAGE JAR", "storage"),
            ("POST", "POSTAGE", "service"),
            ("DOT", "DOTCOM POSTAGE", "service"),
            ("GIFT_0001_40", "Dotcomgiftshop Gift Voucher", "service"),
            ("20713", "JUMBO OWL", "other"),
        ] {
            assert_eq!(category(code, description), expected, "{description}");
        }
    }
}
