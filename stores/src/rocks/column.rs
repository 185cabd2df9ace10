//! Columns (RocksDB column families) and the options each kind of use gets.

use rocksdb::{BlockBasedOptions, DBCompressionType, DataBlockIndexType, Options};

use super::Resources;

/// How a column is used; picks its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Key-value state: found by key, often absent.
    PointLookup,
    /// Windowed state: found by key and time, dropped by range.
    Window,
    /// Records of a log: large values appended in key order, read in order.
    Log,
    /// A few small entries that change with every commit.
    Meta,
}

/// A named column of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name, unique within the database.
    pub name: String,
    /// How it is used.
    pub kind: ColumnKind,
}

impl Column {
    /// A column `name` for the use `kind`.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self { name: name.into(), kind }
    }
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

impl ColumnKind {
    pub(super) fn options(self, resources: &Resources) -> Options {
        let mut options = Options::default();
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(&resources.cache);
        // Indexes and filters live in the cache: memory stays one number, however many files there are.
        blocks.set_cache_index_and_filter_blocks(true);
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
        blocks.set_format_version(5);
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_level_compaction_dynamic_level_bytes(true);
        match self {
            Self::PointLookup => {
                state(&mut options, &mut blocks);
                new_keys_are_common(&mut options);
            }
            Self::Window => state(&mut options, &mut blocks),
            Self::Log => log(&mut options, &mut blocks),
            Self::Meta => meta(&mut options),
        }
        options.set_block_based_table_factory(&blocks);
        options
    }
}

fn state(options: &mut Options, blocks: &mut BlockBasedOptions) {
    options.set_write_buffer_size(16 * MIB);
    options.set_max_write_buffer_number(3);
    // A task has many columns and most memtables are small: the default of an eighth of the buffer would be wasted.
    options.set_arena_block_size(256 * KIB);
    // Files are small where memory is, and those of a restore most of all: merged by fours they are rewritten too often.
    options.set_level_zero_file_num_compaction_trigger(8);
    options.set_target_file_size_base(32 * MIB as u64);
    options.set_max_bytes_for_level_base(128 * MIB as u64);
    options.set_bottommost_compression_type(DBCompressionType::Zstd);
    blocks.set_block_size(8 * KIB);
    blocks.set_bloom_filter(10.0, false);
    blocks.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
}

/// A filter spares new keys the walk through the memtable. It is allocated whole with every memtable, from the budget of
/// the write buffers: a larger one would leave little of that to rows.
fn new_keys_are_common(options: &mut Options) {
    options.set_memtable_whole_key_filtering(true);
    options.set_memtable_prefix_bloom_ratio(0.01);
}

fn log(options: &mut Options, blocks: &mut BlockBasedOptions) {
    // Appended, never overwritten: a larger buffer would save no rewriting, and take from the budget of those where it
    // does. Compaction waits for as much as it would with larger ones.
    options.set_write_buffer_size(16 * MIB);
    options.set_max_write_buffer_number(4);
    options.set_level_zero_file_num_compaction_trigger(8);
    options.set_level_zero_slowdown_writes_trigger(40);
    options.set_level_zero_stop_writes_trigger(60);
    options.set_target_file_size_base(128 * MIB as u64);
    options.set_max_bytes_for_level_base(1024 * MIB as u64);
    blocks.set_block_size(64 * KIB);
    // A large batch is written and compressed once, at the flush, into a file of its own kind that compaction never
    // rewrites: measured, a third less CPU to append and half of it to read than with values among the keys. Without
    // garbage collection, which would copy live batches again and again: a file goes when nothing in it is wanted any
    // more, so records that leave at different times belong into different columns.
    options.set_enable_blob_files(true);
    options.set_min_blob_size(64 * KIB as u64);
    options.set_blob_file_size(256 * MIB as u64);
    options.set_blob_compression_type(DBCompressionType::Lz4);
}

fn meta(options: &mut Options) {
    options.set_write_buffer_size(MIB);
    options.set_arena_block_size(32 * KIB);
    options.set_compression_type(DBCompressionType::None);
}
