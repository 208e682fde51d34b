import CMachine

/// A function of the ABI, as the tables that were made from its header say.
///
/// The tables are constants of the image; what they point at is, too.
@safe struct TraceFunction {
    private let table: UnsafePointer<hermit_trace_function>

    init(_ table: UnsafePointer<hermit_trace_function>) { unsafe self.table = table }

    var name: TraceName { unsafe TraceName(table.pointee.name) }
    var returns: Bool { unsafe table.pointee.returns != 0 }
    var parameterCount: Int { unsafe Int(table.pointee.parameter_count) }
    var result: TraceValue { unsafe TraceValue(table.pointee.result) }

    func parameter(_ index: Int) -> TraceValue {
        precondition(0..<parameterCount ~= index)
        return unsafe withUnsafePointer(to: table.pointee.parameters) { parameters in
            unsafe UnsafeRawPointer(parameters).withMemoryRebound(
                to: hermit_trace_value.self, capacity: Int(HERMIT_TRACE_PARAMETERS)
            ) { unsafe TraceValue($0[index]) }
        }
    }
}

/// A name in the tables.
@safe struct TraceName {
    private let text: UnsafePointer<CChar>?

    init(_ text: UnsafePointer<CChar>?) { unsafe self.text = text }

    var isEmpty: Bool { unsafe text == nil }

    /// Calls `body` with every byte.
    func forEachByte(_ body: (UInt8) -> Void) {
        guard var byte = unsafe text else { return }
        while unsafe byte.pointee != 0 {
            body(UInt8(bitPattern: unsafe byte.pointee))
            unsafe byte += 1
        }
    }
}

/// How a value is shown.
@safe struct TraceValue {
    enum Kind {
        case nothing, signed, unsigned, octal, address, oneOf, flags, string, bytes, pointer
        case record, array
    }

    private let value: hermit_trace_value

    init(_ value: hermit_trace_value) { unsafe self.value = value }

    var kind: Kind {
        switch unsafe value.kind {
        case HERMIT_TRACE_SIGNED.rawValue: .signed
        case HERMIT_TRACE_UNSIGNED.rawValue: .unsigned
        case HERMIT_TRACE_OCTAL.rawValue: .octal
        case HERMIT_TRACE_ADDRESS.rawValue: .address
        case HERMIT_TRACE_ONE_OF.rawValue: .oneOf
        case HERMIT_TRACE_FLAGS.rawValue: .flags
        case HERMIT_TRACE_STRING.rawValue: .string
        case HERMIT_TRACE_BYTES.rawValue: .bytes
        case HERMIT_TRACE_POINTER.rawValue: .pointer
        case HERMIT_TRACE_RECORD.rawValue: .record
        case HERMIT_TRACE_ARRAY.rawValue: .array
        default: .nothing
        }
    }

    /// Bytes that the value takes.
    var size: Int { unsafe Int(value.size) }
    /// The function writes what the address names.
    var isWritten: Bool { unsafe value.is_written != 0 }
    /// The parameter that says how many there are.
    var countIndex: Int? { unsafe value.count == 0 ? nil : Int(value.count) - 1 }

    var constants: TraceConstants { unsafe TraceConstants(value.constants) }
    var type: TraceType? {
        guard let type = unsafe value.type else { return nil }
        return unsafe TraceType(type)
    }
}

/// Named numbers, the largest first.
@safe struct TraceConstants {
    private let table: UnsafePointer<hermit_trace_constants>?

    init(_ table: UnsafePointer<hermit_trace_constants>?) { unsafe self.table = table }

    var count: Int { unsafe table.map { unsafe Int($0.pointee.count) } ?? 0 }

    subscript(index: Int) -> (name: TraceName, value: Int64) {
        precondition(0..<count ~= index)
        let constant = unsafe table.unsafelyUnwrapped.pointee.list[index]
        return unsafe (TraceName(constant.name), constant.value)
    }

    /// The name of a number.
    func name(of value: Int64) -> TraceName? {
        for i in 0..<count where self[i].value == value { return self[i].name }
        return nil
    }
}

/// What an address names.
@safe struct TraceType {
    private let table: UnsafePointer<hermit_trace_type>

    init(_ table: UnsafePointer<hermit_trace_type>) { unsafe self.table = table }

    var size: Int { unsafe Int(table.pointee.size) }
    var fieldCount: Int { unsafe Int(table.pointee.field_count) }

    subscript(index: Int) -> (name: TraceName, offset: Int, value: TraceValue) {
        precondition(0..<fieldCount ~= index)
        let field = unsafe table.pointee.fields[index]
        return unsafe (TraceName(field.name), Int(field.offset), TraceValue(field.value))
    }
}
