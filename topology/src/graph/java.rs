//! Orders that Java's collections give, for texts that must be letter for letter those of Kafka Streams.

use std::cmp::Ordering;

/// Strings in the order in which a Java `HashSet` that got them in this order lists them.
pub(super) fn hash_order<T: AsRef<str>>(mut items: Vec<T>) -> Vec<T> {
    let mut buckets: u32 = 16;
    while items.len() * 4 > buckets as usize * 3 {
        buckets *= 2;
    }
    // Within a bucket the order of insertion stays, so the sort must be a stable one.
    items.sort_by_key(|item| spread(hash_code(item.as_ref())) & (buckets - 1));
    items
}

/// `String.hashCode()`.
fn hash_code(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)))
}

/// How `HashMap` mixes a hash before it picks a bucket.
fn spread(hash: u32) -> u32 {
    hash ^ (hash >> 16)
}

/// A `TreeSet` whose order may change while it is filled: where an element lands depends on the shape of the tree, so the
/// tree is balanced just as `java.util.TreeMap` does it.
#[derive(Debug, Default)]
pub(super) struct TreeSet {
    nodes: Vec<TreeNode>,
    root: Option<usize>,
}

#[derive(Debug)]
struct TreeNode {
    item: usize,
    /// Left and right.
    children: [Option<usize>; 2],
    parent: Option<usize>,
    red: bool,
}

impl TreeSet {
    /// Adds an item where `compare` (the new item with one in the tree) leads.
    pub(super) fn insert(&mut self, item: usize, compare: impl Fn(usize, usize) -> Ordering) {
        let (mut parent, mut side) = (None, 0);
        let mut next = self.root;
        while let Some(node) = next.and_then(|id| self.nodes.get(id)) {
            parent = next;
            side = match compare(item, node.item) {
                Ordering::Less => 0,
                Ordering::Greater => 1,
                Ordering::Equal => return,
            };
            next = node.children.get(side).copied().flatten();
        }
        let id = self.nodes.len();
        self.nodes.push(TreeNode { item, children: [None, None], parent, red: true });
        match parent {
            Some(parent) => self.set_child(parent, side, Some(id)),
            None => self.root = Some(id),
        }
        self.balance(id);
    }

    /// The items from left to right.
    pub(super) fn items(&self) -> Vec<usize> {
        let mut items = Vec::new();
        self.walk(self.root, &mut items);
        items
    }

    fn walk(&self, id: Option<usize>, items: &mut Vec<usize>) {
        let Some(node) = id.and_then(|id| self.nodes.get(id)) else { return };
        let [left, right] = node.children;
        self.walk(left, items);
        items.push(node.item);
        self.walk(right, items);
    }

    fn parent(&self, id: usize) -> Option<usize> {
        self.nodes.get(id)?.parent
    }

    fn child(&self, id: usize, side: usize) -> Option<usize> {
        self.nodes.get(id)?.children.get(side).copied().flatten()
    }

    fn is_red(&self, id: Option<usize>) -> bool {
        id.and_then(|id| self.nodes.get(id)).is_some_and(|node| node.red)
    }

    fn paint(&mut self, id: usize, red: bool) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.red = red;
        }
    }

    fn set_child(&mut self, id: usize, side: usize, child: Option<usize>) {
        if let Some(slot) = self.nodes.get_mut(id).and_then(|node| node.children.get_mut(side)) {
            *slot = child;
        }
        if let Some(child) = child.and_then(|child| self.nodes.get_mut(child)) {
            child.parent = Some(id);
        }
    }

    fn side_of(&self, parent: usize, child: usize) -> usize {
        usize::from(self.child(parent, 0) != Some(child))
    }

    fn balance(&mut self, mut id: usize) {
        while let Some(mut parent) = self.parent(id).filter(|parent| self.is_red(Some(*parent))) {
            let Some(grandparent) = self.parent(parent) else { break };
            let side = self.side_of(grandparent, parent);
            let uncle = self.child(grandparent, 1 - side);
            if self.is_red(uncle) {
                self.paint(parent, false);
                uncle.into_iter().for_each(|uncle| self.paint(uncle, false));
                self.paint(grandparent, true);
                id = grandparent;
                continue;
            }
            if self.side_of(parent, id) != side {
                self.rotate(parent, side);
                std::mem::swap(&mut id, &mut parent);
            }
            self.paint(parent, false);
            self.paint(grandparent, true);
            self.rotate(grandparent, 1 - side);
        }
        if let Some(root) = self.root {
            self.paint(root, false);
        }
    }

    /// Turns the edge to the child opposite to `side`, so that `id` sinks to `side`.
    fn rotate(&mut self, id: usize, side: usize) {
        let Some(up) = self.child(id, 1 - side) else { return };
        let above = self.parent(id);
        self.set_child(id, 1 - side, self.child(up, side));
        match above {
            Some(above) => self.set_child(above, self.side_of(above, id), Some(up)),
            None => {
                self.root = Some(up);
                if let Some(node) = self.nodes.get_mut(up) {
                    node.parent = None;
                }
            }
        }
        self.set_child(up, side, Some(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_hash_as_in_java() {
        // The Java documentation of `String.hashCode` gives the formula; 99162322 is the well-known hash of "hello".
        assert_eq!(hash_code("hello"), 99_162_322);
        assert_eq!(hash_code(""), 0);
        // Java lists Set.of-like small letters by code: 'a' is 97, bucket 1; 'p' is 112, bucket 0.
        assert_eq!(hash_order(vec!["a", "p", "b"]), ["p", "a", "b"]);
    }

    #[test]
    fn a_tree_keeps_order_and_balance() {
        let mut tree = TreeSet::default();
        for item in [50, 20, 70, 10, 30, 60, 80, 25, 35, 5, 1, 0, 2, 3] {
            tree.insert(item, |a, b| a.cmp(&b));
        }
        assert_eq!(tree.items(), [0, 1, 2, 3, 5, 10, 20, 25, 30, 35, 50, 60, 70, 80]);
    }
}
