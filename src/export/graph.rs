//! A graph of ONNX operators (<https://onnx.ai/onnx/intro/concepts.html>; numbers of fields from `onnx.proto`).

use super::protobuf::Message;
use crate::run::PROGRAM;

/// A graph under construction. Values are called by their names.
#[derive(Default)]
pub struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    outputs: Vec<Message>,
}

/// The name of a value in a graph.
pub type Name = String;

/// A setting of an operator.
pub enum Attribute<'a> {
    /// A whole number.
    Int(&'a str, i64),
    /// Whole numbers.
    Ints(&'a str, &'a [i64]),
    /// A number.
    Float(&'a str, f32),
}

/// The version of the operators.
const OPERATORS: i64 = 17;

/// The version of the file format that came with them.
const FORMAT: i64 = 8;

const FLOAT: i64 = 1;
const INT64: i64 = 7;

/// The name of the one input.
pub const OBSERVATION: &str = "observation";

/// The first extent of inputs and outputs: how many observations there are.
const BATCH: &str = "N";

impl Graph {
    /// Applies an operator, and names its output.
    pub fn apply(&mut self, operator: &str, inputs: &[&Name], attributes: &[Attribute]) -> Name {
        let name = format!("{}_{}", operator.to_lowercase(), self.nodes.len());
        self.push(operator, inputs, attributes, &name);
        name
    }

    fn push(&mut self, operator: &str, inputs: &[&Name], attributes: &[Attribute], output: &str) {
        let node = Message::default().each(inputs, |node, input| node.bytes(1, input)).bytes(2, output);
        let node = node.bytes(3, output).bytes(4, operator);
        self.nodes.push(node.each(attributes, |node, attribute| node.message(5, &attribute.encode())));
    }

    /// A constant of floats.
    pub fn floats(&mut self, shape: &[usize], values: &[f32]) -> Name {
        let name = format!("constant_{}", self.constants.len());
        self.named_floats(&name, shape, values)
    }

    /// The same under a name of its own.
    pub fn named_floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Name {
        assert_eq!(values.len(), shape.iter().product::<usize>(), "`{name}` has one number for each place");
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, shape, FLOAT, &bytes)
    }

    /// A constant list of whole numbers.
    pub fn ints(&mut self, values: &[i64]) -> Name {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(&format!("constant_{}", self.constants.len()), &[values.len()], INT64, &bytes)
    }

    fn constant(&mut self, name: &str, shape: &[usize], data_type: i64, bytes: &[u8]) -> Name {
        let tensor = Message::default().each(shape, |tensor, &extent| tensor.int(1, extent as i64));
        self.constants.push(tensor.int(2, data_type).bytes(8, name).bytes(9, bytes));
        name.to_owned()
    }

    /// Makes a value `[N, width]` an output under the name `name`.
    pub fn output(&mut self, value: &Name, name: &str, width: usize) {
        self.push("Identity", &[value], &[], name);
        self.outputs.push(rows(name, width));
    }

    /// The content of a file with the graph, whose input has `components` numbers for each observation.
    pub fn encode(self, components: usize) -> Vec<u8> {
        let graph = Message::default()
            .each(&self.nodes, |graph, node| graph.message(1, node))
            .bytes(2, "tilde")
            .each(&self.constants, |graph, constant| graph.message(5, constant))
            .message(11, &rows(OBSERVATION, components))
            .each(&self.outputs, |graph, output| graph.message(12, output));
        let operators = Message::default().bytes(1, "").int(2, OPERATORS);
        let model = Message::default().int(1, FORMAT).bytes(2, "tilde").bytes(3, PROGRAM);
        model.message(7, &graph).message(8, &operators).into_bytes()
    }
}

impl Attribute<'_> {
    fn encode(&self) -> Message {
        let named = |name: &str| Message::default().bytes(1, name);
        // Field 20 is the type of the value.
        match self {
            Attribute::Float(name, value) => named(name).float(2, *value).int(20, 1),
            Attribute::Int(name, value) => named(name).int(3, *value).int(20, 2),
            Attribute::Ints(name, values) => {
                named(name).each(*values, |attribute, &value| attribute.int(8, value)).int(20, 7)
            }
        }
    }
}

/// The description of a value `[N, width]` of floats.
fn rows(name: &str, width: usize) -> Message {
    let shape = Message::default()
        .message(1, &Message::default().bytes(2, BATCH))
        .message(1, &Message::default().int(1, width as i64));
    let tensor = Message::default().int(1, FLOAT).message(2, &shape);
    Message::default().bytes(1, name).message(2, &Message::default().message(1, &tensor))
}
