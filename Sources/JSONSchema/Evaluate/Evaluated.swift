/// Which members and elements of one instance some schema has evaluated (core specification, 11).
struct Evaluated {
    /// Members by their position in the object.
    private(set) var properties: Set<Int> = []
    private(set) var items: Set<Int> = []
    /// The elements below this position count, too.
    private(set) var itemsBelow = 0

    mutating func insert(property position: Int) { properties.insert(position) }

    mutating func insert(item position: Int) {
        if position >= itemsBelow { items.insert(position) }
    }

    mutating func insert(itemsBelow end: Int) { itemsBelow = max(itemsBelow, end) }

    func contains(property position: Int) -> Bool { properties.contains(position) }

    func contains(item position: Int) -> Bool {
        position < itemsBelow || items.contains(position)
    }

    mutating func formUnion(_ other: Evaluated) {
        properties.formUnion(other.properties)
        items.formUnion(other.items)
        itemsBelow = max(itemsBelow, other.itemsBelow)
    }
}
