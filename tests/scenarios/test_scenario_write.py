import pandas as pd
import pytest
from scenarios.scenario_builders import make_case, make_ship

from watch.scenarios.maker import make_scenario
from watch.scenarios.write import write_canonical, write_dma, write_noaa

CANONICAL = (
    "mmsi,fix_at,lat,lon,sog_kn,cog_deg,heading_deg,nav_status,imo,name,callsign,ship_type,length_m,beam_m,draught_m,"
    "destination,receiver"
)
NOAA = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    "TransceiverClass"
)
DMA = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,A,B,C,D"
)


@pytest.fixture
def rows():
    tanker = make_ship(
        {"hold": {"hours": 3}},
        {"sail": {"to": [24.4, 58.6], "speed_kn": 10}},
        name='A, B "C"',
        imo=9283746,
        callsign="A8SY1",
        length_m=176,
        beam_m=31,
        draught_m=10.1,
        destination="EL PALITO",
    )
    boat = make_ship(name="BOAT", mmsi=219990001, type="fishing", reports={"class": "B"})
    return make_scenario(make_case(tanker, boat))


def read(path):
    return pd.read_csv(path, dtype="string", keep_default_na=False)


def test_canonical_header_and_values_come_back(rows, tmp_path):
    write_canonical(rows, tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == CANONICAL
    back = read(tmp_path / "a.csv")
    assert back["fix_at"].str.fullmatch(r"2020-05-0\dT\d\d:\d\d:\d\dZ").all()
    assert (pd.to_datetime(back["fix_at"]) == rows["fix_at"]).all()
    for column in ("lat", "lon", "sog_kn", "cog_deg", "heading_deg"):
        assert (back[column].astype(float).astype(rows[column].dtype) == rows[column]).all(), column
    assert set(back["imo"]) == {"9283746", ""}
    assert set(back["name"]) == {'A, B "C"', "BOAT"}
    assert set(back["draught_m"]) == {"10.1", ""}
    assert set(back["nav_status"]) == {"0", "1", ""}


def test_noaa_has_its_layout_and_imo_text(rows, tmp_path):
    write_noaa(rows, tmp_path / "a.csv")
    back = read(tmp_path / "a.csv")
    assert ",".join(back.columns) == NOAA
    assert set(back["IMO"]) == {"IMO9283746", ""}
    assert back["BaseDateTime"][0] == "2020-05-01T00:00:00"
    assert dict(zip(back["VesselName"], back["TransceiverClass"], strict=True)) == {'A, B "C"': "A", "BOAT": "B"}
    assert set(back["VesselType"]) == {"80", "30"}


def test_dma_has_26_columns_day_first_and_words(rows, tmp_path):
    write_dma(rows, tmp_path / "a.csv")
    back = read(tmp_path / "a.csv")
    assert ",".join(back.columns) == DMA
    assert back["# Timestamp"][0] == "01/05/2020 00:00:00"
    assert set(back["Ship type"]) == {"Tanker", "Fishing"}
    assert set(back["Navigational status"]) == {"At anchor", "Under way using engine", "Unknown value"}
    assert set(back["Type of mobile"]) == {"Class A", "Class B"}
    assert set(back["IMO"]) == {"9283746", "Unknown"}
